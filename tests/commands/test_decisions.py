"""`explain`, `people --look-alikes` and `bench gallery`: what stands behind a name."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from facedesk.core.clock import SystemClock
from facedesk.core.records import Direction, Method, Person, Punch
from facedesk.settings import Settings
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.punches import Punches
from tests.commands.conftest import Run

REASON = (
    "Best 3 of 4 frames 0.62, at or above 0.45; next person 0.21. "
    "The threshold lets at most 1 in 1,000 strangers be named; enrolled: 50."
)
# Of the card in resources/catalogue, which is there without its weights.
PUBLIC_CONTRACT = "637fb942316d8d93"


def record(data: Path, contract: str, settings_version: str) -> int:
    data.mkdir(exist_ok=True)
    with Database.open(data / "facedesk.db", clock=SystemClock()) as database:
        ada = People(database).add(Person(0, "Ada 居"))
        punch = Punch(
            ada.id, Direction.IN, datetime(2026, 3, 2, 7, 58, tzinfo=UTC), "Europe/Berlin",
            0.62, 0.21, 0.45, contract, settings_version, "usb:1", REASON,
        )  # fmt: skip
        return Punches(database).record(punch).id


def test_a_punch_is_explained_from_its_own_row(facedesk: Run, tmp_path: Path) -> None:
    number = record(tmp_path / "data", PUBLIC_CONTRACT, Settings().version)
    told = facedesk("explain", number, "--json").json
    assert (told["name"], told["score"], told["runner_up"], told["threshold"]) == (
        "Ada 居", 0.62, 0.21, 0.45,
    )  # fmt: skip
    assert (told["model"], told["reason"]) == ("mobilefacenet_foamliu", REASON)
    assert told["settings_in_force"] is True
    assert told["corrections"] == 0
    text = facedesk("explain", number).out
    for part in ("Ada 居, in, 2026-03-02 08:58:00", REASON, "0.170 above the threshold"):
        assert part in text


def test_what_has_changed_since_is_said(facedesk: Run, tmp_path: Path) -> None:
    number = record(tmp_path / "data", "0123", "older")
    signed = ("--who", "Grace", "--why", "left earlier")
    assert facedesk("correct", "direction", number, "out", *signed).code == 0
    text = facedesk("explain", number).out
    assert "no longer installed (contract 0123)" in text
    assert "version older, changed since" in text
    told = facedesk("explain", number, "--json").json
    assert (told["direction"], told["corrections"]) == ("in", 1)  # the row as it was recorded


def test_an_unknown_punch_is_an_error(facedesk: Run) -> None:
    done = facedesk("explain", 7)
    assert (done.code, done.out) == (1, "")
    assert "There is no punch with the id 7." in done.err


@pytest.mark.model
@pytest.mark.data
def test_look_alikes_of_the_gallery(facedesk: Run, public_models: Path, shared_dir: Path) -> None:
    images = shared_dir / "data" / "lfw" / "images"
    if not images.is_dir():
        pytest.skip("no LFW pictures on this machine")
    first, second = sorted((images / "Abdullah_Gul").iterdir())[:2]
    facedesk("enroll", "--name", "One", first)
    facedesk("enroll", "--name", "Brother of One", second)
    facedesk("enroll", "--name", "Other", sorted((images / "Adrien_Brody").iterdir())[0])
    [pair] = facedesk("people", "--look-alikes", "--json").json
    assert {pair["name"], pair["other_name"]} == {"One", "Brother of One"}
    assert pair["score"] >= pair["bound"] > 0
    assert "1 look-alikes among 3 people" in facedesk("people", "--look-alikes").out


def test_large_galleries_are_searched_exactly(facedesk: Run) -> None:
    figures = {
        row["what"]: row
        for row in facedesk("bench", "gallery", "--people", 2000, "--dimension", 64, "--json").json
    }
    assert figures["match of a face, median"]["value"] > 0
    assert figures["memory of the gallery"]["value"] == pytest.approx(4 * 2000 * (64 * 4 + 8) / 1e6)


def test_a_punch_by_pin_has_no_face_to_explain(facedesk: Run, tmp_path: Path) -> None:
    number = record(tmp_path / "data", "0123", "older")
    with Database.open(tmp_path / "data" / "facedesk.db", clock=SystemClock()) as database:
        punches = Punches(database)
        by_pin = replace(
            punches.get(number), score=0.0, contract="", method=Method.PIN, clock_moved_s=-3600,
            reason="The PIN was right.",
        )  # fmt: skip
        number = punches.record(by_pin).id
    told = facedesk("explain", number, "--json").json
    assert (told["method"], told["clock_moved_s"]) == ("pin", -3600)
    text = facedesk("explain", number).out
    assert "The PIN was right." in text
    assert "moved by -3600 s" in text
    assert "Threshold" not in text
