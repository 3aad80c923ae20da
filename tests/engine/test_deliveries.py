"""From the settings to the other system, with a real desk's parts."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from facedesk.core.errors import BadInputError
from facedesk.core.facts import PunchRecorded
from facedesk.engine.courier import Courier
from facedesk.engine.deliveries import Deliveries, destinations_of
from facedesk.engine.webhook import new_secret
from facedesk.settings import Settings
from tests.engine.receiver import Receiver
from tests.engine.test_courier import Site
from tests.fakes import FakeClock

SECRET = new_secret()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "facedesk.db")
    yield made
    made.database.close()


def test_a_punch_that_is_told_goes_out_at_once(site: Site) -> None:
    receiver = Receiver(SECRET)
    settings = Settings(webhook_url=receiver.url, webhook_secret=SECRET)
    deliveries = Deliveries(site.outbox, site.clock)
    site.outbox.collect("webhook")
    try:
        deliveries.start(settings)
        deliveries.start(settings)
        site.punch(site.ada)
        punch = site.punches.get(1)
        deliveries.hear(PunchRecorded(punch.utc, punch, site.ada, 0.0))
        assert receiver.answered_one.wait(5)
    finally:
        assert deliveries.stop() == ()
        receiver.close()
    assert [event["punch"]["id"] for event in receiver.events] == [1]


def test_both_may_be_told(site: Site, tmp_path: Path) -> None:
    receiver = Receiver(SECRET)
    settings = Settings(webhook_url=receiver.url, webhook_secret=SECRET, drop_folder=str(tmp_path))
    courier = Courier(site.outbox, destinations_of(settings, site.clock), site.clock)
    try:
        courier.step()
        site.punch(site.ada)
        courier.step()
    finally:
        receiver.close()
    (file,) = tmp_path.glob("*.json")
    assert json.loads(file.read_text("utf-8")) == receiver.events[0]


def test_off_by_default_and_bad_settings_stay_off(site: Site) -> None:
    assert destinations_of(Settings(), FakeClock()) == []
    deliveries = Deliveries(site.outbox, site.clock)
    deliveries.start(Settings(webhook_url="http://example.org", webhook_secret=SECRET))
    deliveries.hear(PunchRecorded(site.clock.utc(), None, site.ada, 0.0))  # type: ignore[arg-type]
    assert deliveries.stop() == ()


@pytest.mark.parametrize(
    "settings",
    [Settings(webhook_url="http://hr.example.org", webhook_secret=SECRET),
     Settings(webhook_url="https://hr.example.org"), Settings(drop_folder="punches")],
)  # fmt: skip
def test_what_is_not_safe_is_refused_in_words(settings: Settings) -> None:
    with pytest.raises(BadInputError):
        destinations_of(settings, FakeClock())
