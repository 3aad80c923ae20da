"""Merging, consent, receipts, re-embedding and gallery files from the command line."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from facedesk.core.clock import SystemClock
from facedesk.core.records import Person, Sample
from facedesk.engine import gallery_file
from facedesk.store.database import Database
from facedesk.store.people import People
from tests.commands.conftest import Run
from tests.store.samples import NAMES, sample


@pytest.fixture
def staff(tmp_path: Path) -> list[Person]:
    """Everybody of NAMES, and Ada twice."""
    folder = tmp_path / "data"
    folder.mkdir()
    with Database.open(folder / "facedesk.db", clock=SystemClock()) as database:
        people = People(database)
        return [
            people.add(Person(0, name, f"E{number}"), [sample(number, crop=b"\xff\xd8")])
            for number, name in enumerate((*NAMES, "Ada", "Ada L."))
        ]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery_file, "_COSTS", {"n": 16, "r": 8, "p": 1})


def test_merge_and_undo(facedesk: Run, staff: list[Person]) -> None:
    ada, again = staff[-2:]
    done = facedesk("people", "merge", again.id, "Ada", "--why", "enrolled twice")
    assert done.code == 0
    assert "1 samples and 0 punches moved" in done.out
    assert len(facedesk("people", "--json").json) == len(staff) - 1
    assert facedesk("people", "undo-merge", 1, "--why", "two people").code == 0
    assert len(facedesk("people", "--json").json) == len(staff)
    assert facedesk("people", "undo-merge", 1, "--why", "again").code == 1
    assert facedesk("people", "merge", ada.id, ada.id, "--why", "x").code == 1


def test_consent_and_withdrawal_with_a_receipt(facedesk: Run, staff: list[Person]) -> None:
    ada = staff[-2]
    given = facedesk("people", "consent", "Ada", "--answer", "given", "--who", "Petra",
                     "--day", "2026-03-02")  # fmt: skip
    assert given.out.strip() == "Recorded: given on 2026-03-02"
    assert facedesk("people", "consent", "Ada", "--answer", "given").code == 2
    gone = facedesk("people", "consent", "Ada", "--answer", "withdrawn", "--who", "Petra")
    assert "receipt 1" in gone.out
    answers = facedesk("people", "consent", "Ada", "--json").json
    assert [one["answer"] for one in answers] == ["given", "withdrawn"]
    (listed,) = [one for one in facedesk("people", "--json").json if one["person_id"] == ada.id]
    assert listed["samples"] == 0
    removed = facedesk("people", "remove", ada.id, "--yes")
    assert "Receipt 2" in removed.out
    rows = facedesk("people", "receipts", "--json").json
    assert [row["kind"] for row in rows] == ["withdrawal", "removal"]
    assert "Ada" not in facedesk("people", "receipts").out


def test_the_gallery_goes_to_another_kiosk(
    facedesk: Run, staff: list[Person], tmp_path: Path
) -> None:
    secret = tmp_path / "words.txt"
    secret.write_text("correct horse battery\nsecond line\n", "utf-8")
    file = tmp_path / "staff.fdgallery"
    done = facedesk("people", "export-gallery", file, "--passphrase-file", secret)
    assert f"{len(staff)} people" in done.out
    before = facedesk("people", "--json").json
    for folder in ("data",):
        (tmp_path / folder).rename(tmp_path / "first")
    taken = facedesk("people", "import-gallery", file, "--passphrase-file", secret)
    assert taken.out.startswith(f"{len(staff)} people added")
    after = facedesk("people", "--json").json

    def plain(rows: list[dict[str, object]]) -> list[dict[str, object]]:
        return sorted(({k: v for k, v in row.items() if k != "person_id"} for row in rows), key=str)

    assert plain(after) == plain(before)
    again = facedesk("people", "import-gallery", file, "--passphrase-file", secret)
    assert again.out.startswith("0 people added")
    secret.write_text("wrong horse battery", "utf-8")
    wrong = facedesk("people", "import-gallery", file, "--passphrase-file", secret)
    assert wrong.code == 1
    assert "does not open" in wrong.err


@pytest.mark.model
@pytest.mark.data
def test_a_new_embedder_reads_everybody(
    facedesk: Run, public_models: Path, shared_dir: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "staff"
    lfw = shared_dir / "data/lfw/images"
    if not lfw.is_dir():
        pytest.skip("no LFW pictures on this machine")
    for name in ("Al_Gore", "Tony_Blair", "Serena_Williams"):
        own = folder / name
        own.mkdir(parents=True)
        for picture in sorted((lfw / name).iterdir())[:3]:
            shutil.copy(picture, own)
    old = ("--embedder", "mobilefacenet_foamliu")
    enrolled = facedesk("enroll", *old, "--folder", folder, "--consent-by", "Petra")
    assert "3 enrolled" in enrolled.out
    (answer,) = facedesk("people", "consent", "Al Gore", "--json").json
    assert (answer["answer"], answer["recorded_by"]) == ("given", "Petra")
    probe = sorted((lfw / "Al_Gore").iterdir())[4]
    done = facedesk("people", "reembed", "--embedder", "mobileface_v2_becauseofai")
    assert done.code == 0, done.err
    assert "samples read anew" in done.out
    with Database.open(tmp_path / "data" / "facedesk.db", clock=SystemClock()) as database:
        people = People(database)
        (contract,) = people.contracts()
        assert len(people.known_to(contract)) == 3
        stored = people.gallery(contract)
        read: dict[int, list[Sample]] = {p.id: people.samples(p.id) for p in people.list()}
        assert all(np.isclose(np.linalg.norm(one.vector), 1) for s in read.values() for one in s)
        assert stored.people == 3
    seen = facedesk("identify", "--json", probe).json  # without being told which embedder
    assert "Al Gore" in [face["name"] for face in seen[0]["faces"]]
    assert facedesk("people", "reembed").out.startswith("0 samples")
