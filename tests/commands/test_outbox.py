"""What other systems are told, from the command line."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from facedesk.core.clock import SystemClock
from facedesk.core.records import Direction, Person, Punch
from facedesk.engine.webhook import checked_secret, new_secret
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.punches import Punches
from tests.commands.conftest import Run
from tests.engine.receiver import Mood, Receiver

SECRET = new_secret()


def arrange(tmp_path: Path, **settings: str) -> None:
    data = tmp_path / "data"
    data.mkdir(exist_ok=True)
    (data / "settings.json").write_text(json.dumps(settings))


def punch(tmp_path: Path) -> None:
    with Database.open(tmp_path / "data" / "facedesk.db", clock=SystemClock()) as database:
        people = People(database)
        ada = people.list()[0] if people.list() else people.add(Person(0, "Ada"))
        Punches(database).record(
            Punch(ada.id, Direction.IN, datetime(2026, 3, 2, 8, tzinfo=UTC), "UTC", 0.7, 0.1, 0.4,
                  "c", "s", "test", "")
        )  # fmt: skip


def test_nobody_is_told_by_default(facedesk: Run) -> None:
    assert "Nobody is told" in facedesk("outbox", "list").out
    assert facedesk("outbox", "test").code == 1
    checked_secret(facedesk("outbox", "secret").out.strip())


def test_see_send_skip(facedesk: Run, tmp_path: Path) -> None:
    moods = [Mood.BROKEN]
    receiver = Receiver(SECRET, lambda: moods[0])
    try:
        arrange(tmp_path, webhook_url=receiver.url, webhook_secret=SECRET)
        assert facedesk("outbox", "list").out == "webhook: 0 waiting\n"
        punch(tmp_path)
        failed = facedesk("outbox", "send")
        assert (failed.code, "503" in failed.err) == (1, True)
        listed = facedesk("outbox", "list", "--json").json["webhook"]
        assert (listed["waiting"], listed["failures"]) == (1, 1)
        shown = facedesk("outbox", "list").out
        assert "1 failures in a row" in shown
        assert "recorded" in shown
        moods[0] = Mood.WELL
        assert facedesk("outbox", "send").out == "webhook: 0 waiting\n"
        assert [event["punch"]["id"] for event in receiver.events] == [1]
        assert facedesk("outbox", "test").code == 0
        moods[0] = Mood.REFUSES
        punch(tmp_path)
        assert facedesk("outbox", "send").code == 1
        assert facedesk("outbox", "skip", "webhook", "2").code == 0
        assert facedesk("outbox", "skip", "webhook", "2").code == 1
    finally:
        receiver.close()


def test_unsafe_settings_are_told(facedesk: Run, tmp_path: Path) -> None:
    arrange(tmp_path, webhook_url="http://hr.example.org/", webhook_secret=SECRET)
    told = facedesk("outbox", "list")
    assert (told.code, "https" in told.err) == (1, True)


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_files_in_a_folder(facedesk: Run, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    arrange(tmp_path, drop_folder=str(folder), drop_format=kind)
    facedesk("outbox", "list")
    punch(tmp_path)
    assert facedesk("outbox", "send").out == "folder: 0 waiting\n"
    (file,) = folder.iterdir()
    assert file.suffix == f".{kind}"


def test_the_doctor_tells_what_fails_again_and_again(facedesk: Run, tmp_path: Path) -> None:
    receiver = Receiver(SECRET, lambda: Mood.BROKEN)
    try:
        arrange(tmp_path, webhook_url=receiver.url, webhook_secret=SECRET)
        facedesk("outbox", "list")
        punch(tmp_path)

        def finding() -> dict:
            findings = facedesk("doctor", "--json").json["findings"]
            return next(one for one in findings if one["topic"] == "outbox")

        assert finding() == {
            "topic": "outbox", "ok": True, "text": "webhook: 0 punches wait", "hint": "",
        }  # fmt: skip
        for _ in range(5):
            facedesk("outbox", "send")
        told = finding()
        assert (told["ok"], "1 punches wait" in told["text"], "503" in told["text"]) == (
            False, True, True,
        )  # fmt: skip
    finally:
        receiver.close()
