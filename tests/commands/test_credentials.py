"""PINs and badges on the command line."""

from pathlib import Path

import click.testing
import pytest

from facedesk.commands.bench_credentials import badge as bench_badge
from facedesk.commands.bench_credentials import pin as bench_pin
from facedesk.commands.bench_credentials import random_pin
from facedesk.core.clock import SystemClock
from facedesk.core.records import Person
from facedesk.store.credentials import Credentials
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.vision.codes import CodeReader
from facedesk.vision.pictures import read_picture
from tests.commands.conftest import Run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with Ada in it."""
    data = tmp_path / "data"
    data.mkdir()
    with Database.open(data / "facedesk.db", clock=SystemClock()) as database:
        People(database).add(Person(0, "Ada Lovelace", "E17", "Analysis"))
    return data


def credentials(folder: Path) -> tuple[Credentials, Database]:
    database = Database.open(folder / "facedesk.db", clock=SystemClock())
    return Credentials(database), database


def test_a_random_pin_is_printed_once_and_opens(facedesk: Run, folder: Path) -> None:
    result = facedesk("people", "pin", "E17", "--random")
    assert result.code == 0, result.err
    pin = result.out.split()[-1]
    found, database = credentials(folder)
    with database:
        assert len(pin) == 6
        assert found.verify("E17", pin) is not None
    assert facedesk("people", "pin", "E17", "--remove").code == 0
    found, database = credentials(folder)
    with database:
        assert found.pins() == {}


def test_a_made_badge_is_a_picture_that_the_camera_reads(
    facedesk: Run, folder: Path, tmp_path: Path
) -> None:
    card = tmp_path / "ada.png"
    result = facedesk("people", "badge", "Ada Lovelace", "--make", card)
    assert result.code == 0, result.err
    (code,) = CodeReader().read(read_picture(card))
    found, database = credentials(folder)
    with database:
        person = found.find_by_badge(code)
        assert person is not None
        assert person.name == "Ada Lovelace"
    assert facedesk("people", "badge", "1", "--make", tmp_path / "ada.pdf").code == 0
    assert (tmp_path / "ada.pdf").read_bytes().startswith(b"%PDF")
    found, database = credentials(folder)
    with database:
        assert found.find_by_badge(code) is None, "the lost badge still opens"


def test_a_card_of_ones_own_and_its_end(facedesk: Run, folder: Path) -> None:
    assert facedesk("people", "badge", "E17", "--code", "04A2F917").code == 0
    assert facedesk("people", "badge", "E17", "--remove").code == 0
    assert facedesk("people", "badge", "E17").code == 2
    found, database = credentials(folder)
    with database:
        assert found.badges() == {}


def test_unlocking_needs_a_person_or_the_kiosk(facedesk: Run, folder: Path) -> None:
    found, database = credentials(folder)
    with database:
        for _ in range(15):
            found.count_failure("E17")
    assert facedesk("people", "unlock", "E17").code == 0
    assert facedesk("people", "unlock", "--kiosk").code == 0
    assert facedesk("people", "unlock").code == 2
    found, database = credentials(folder)
    with database:
        assert found.failures("E17").count == 0


def test_a_benchmark_draws_no_pin_that_would_be_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = iter([1111, 1017, 4711])
    monkeypatch.setattr("secrets.randbelow", lambda _: next(draws))
    assert random_pin("1017") == "4711"


def test_the_benchmarks_print_what_got_through_and_what_was_read() -> None:
    run = click.testing.CliRunner().invoke
    result = run(bench_pin, ["--guesses", "20", "--rounds", "1"])
    assert result.exit_code == 0, result.output
    assert "one number, as fast as it types: reached the hash" in result.output
    result = run(bench_badge, ["--pictures", "1"])
    assert result.exit_code == 0, result.output
    assert "badge 300 px wide, read" in result.output
