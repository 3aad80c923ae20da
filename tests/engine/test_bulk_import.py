"""Importing many people: what is refused, what a second run does, and what kill -9 leaves."""

import csv
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from facedesk.core.clock import SystemClock
from facedesk.core.errors import BadInputError, CancelledError
from facedesk.core.records import Image
from facedesk.engine.bulk_import import BulkImport, Outcome, Row, plan_folder, plan_list
from facedesk.engine.enrolment import Enrolment
from facedesk.engine.gallery import GalleryCache
from facedesk.store.people import People
from facedesk.vision.pictures import encode_jpeg
from tests.databases import opened
from tests.fakes import FakeDetector, FakeEmbedder, picture, wall
from tests.store.samples import NAMES

COLOURS = ("red", "green", "blue", "yellow", "cyan", "orange")


class Office:
    """A store and an enrolment in which people are coloured squares."""

    def __init__(self, root: Path) -> None:
        root.mkdir(exist_ok=True)
        clock = SystemClock()
        self.database = opened(root / "facedesk.sqlite", clock)
        self.people = People(self.database)
        embedder = NoisyEmbedder()
        self.enrolment = Enrolment(
            self.people, FakeDetector(), embedder, GalleryCache(self.people, embedder.contract),
            lambda: None, clock, same_person_score=0.6, agreement_score=0.5,
            sure_score=0.6, keep_crops=True,
        )  # fmt: skip
        self.bulk = BulkImport(self.enrolment, self.people, clock)

    def gallery(self) -> list[tuple[str, bytes, str]]:
        """Everything that recognition depends on: name, vector and source of each sample."""
        return [
            (person.name, sample.vector.tobytes(), sample.source)
            for person in sorted(self.people.list(), key=lambda person: person.id)
            for sample in self.people.samples(person.id)
        ]


class NoisyEmbedder(FakeEmbedder):
    """Two pictures of a colour are alike and not the same, as with faces."""

    def embed(self, crops: "list[Image]") -> np.ndarray:  # type: ignore[override]
        plain = super().embed(crops)
        seeds = [int(crop.astype(np.int64).sum()) for crop in crops]
        noise = [np.random.default_rng(seed).standard_normal(64) for seed in seeds]
        vectors = plain + 0.5 * np.stack(noise) / 8.0
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def photo(colour: str, number: int) -> bytes:
    return encode_jpeg(picture((colour, (200 + 7 * number, 120, 160 + number))), 95)


def hire(folder: Path, colours: tuple[str, ...] = COLOURS, photos: int = 2) -> Path:
    """A folder of people, named by their colour."""
    for colour in colours:
        own = folder / f"Ms_{colour}"
        own.mkdir(parents=True)
        for number in range(photos):
            (own / f"{number}.jpg").write_bytes(photo(colour, number))
    return folder


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "office")
    yield made
    made.database.close()


def run(office: Office, folder: Path, **how: object) -> list[Row]:
    office.bulk = BulkImport(office.enrolment, office.people, SystemClock())
    return list(office.bulk.run(plan_folder(folder), **how))  # type: ignore[arg-type]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows forbids many of these in file names")
def test_names_of_all_scripts_come_from_file_names_unchanged(
    office: Office, tmp_path: Path
) -> None:
    names = [name for name in NAMES if not {"/", "_"} & set(name)]  # "_" stands for a space
    for number, name in enumerate(names):
        own = tmp_path / "staff" / name
        own.mkdir(parents=True)
        (own / f"{name}.jpg").write_bytes(photo(COLOURS[number % len(COLOURS)], 0))
    rows = run(office, tmp_path / "staff")
    assert {row.outcome for row in rows} == {Outcome.ENROLLED}
    assert sorted(person.name for person in office.people.list()) == sorted(names)


def test_everybody_of_a_folder_is_enrolled_once(office: Office, tmp_path: Path) -> None:
    folder = hire(tmp_path / "staff")
    rows = run(office, folder)
    assert [row.outcome for row in rows] == [Outcome.ENROLLED] * 6
    assert [person.name for person in office.people.list()] == sorted(
        f"Ms {colour}" for colour in COLOURS
    )
    assert {person.samples for person in office.people.list()} == {2}
    first = office.gallery()
    assert {row.outcome for row in run(office, folder)} == {Outcome.ALREADY}
    assert office.bulk.report.pictures == 0  # not even looked at
    assert office.gallery() == first


def test_a_dry_run_tells_the_same_and_saves_nothing(office: Office, tmp_path: Path) -> None:
    folder = hire(tmp_path / "staff")
    (folder / "Ms_red" / "wall.jpg").write_bytes(encode_jpeg(wall(), 95))
    dry = run(office, folder, dry_run=True)
    assert office.people.list() == []
    assert [(r.outcome, r.used, r.refused) for r in run(office, folder)] == [
        (r.outcome, r.used, r.refused) for r in dry
    ]


def test_what_cannot_be_used_is_left_out_with_the_reason(office: Office, tmp_path: Path) -> None:
    folder = hire(tmp_path / "staff", ("red",), photos=3)
    bad = {
        "wall.jpg": encode_jpeg(wall(), 95),
        "broken.jpg": b"no picture",
        "again.jpg": photo("red", 1),
        "blue.jpg": photo("blue", 1),
        "two.jpg": encode_jpeg(picture(("red", (40, 100, 160)), ("blue", (400, 100, 160))), 95),
    }
    for name, content in bad.items():
        (folder / "Ms_red" / name).write_bytes(content)
    (folder / "Nobody").mkdir()
    (row, nobody) = run(office, folder)
    assert (row.outcome, row.used) == (Outcome.ENROLLED, 3)
    reasons = {refused.file.name: refused.reason for refused in row.refused}
    assert "No face" in reasons["wall.jpg"]
    assert "cannot be read" in reasons["broken.jpg"]
    assert "does not look like" in reasons["blue.jpg"].lower()
    assert "Several faces" in reasons["two.jpg"]
    assert "Nearly the same" in reasons["again.jpg"] or "Nearly the same" in reasons["1.jpg"]
    assert (nobody.outcome, nobody.reason) == (Outcome.REFUSED, "No picture that can be used.")

    report = tmp_path / "report.csv"
    office.bulk.report.save(report)
    with report.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["outcome"] for line in lines].count("picture left out") == 5
    assert lines[0]["pictures_used"] == "3"
    assert lines[-1]["reason"] == "No picture that can be used."
    assert "1 enrolled, 0 already enrolled, 1 refused; 8 pictures, 5 left out" in (
        office.bulk.report.in_words()
    )


def test_a_picture_of_somebody_else_can_be_kept(office: Office, tmp_path: Path) -> None:
    folder = hire(tmp_path / "staff", ("red",))
    (folder / "Ms_red" / "blue.jpg").write_bytes(photo("blue", 1))
    (row,) = run(office, folder, keep_unlike=True)
    assert (row.used, row.refused) == (3, ())


def test_somebody_who_hardly_looks_like_the_others_is_kept_and_pointed_out(
    office: Office, tmp_path: Path
) -> None:
    """Two people of one folder who are alike enough to pass as one."""
    folder = hire(tmp_path / "staff", ("red",), photos=2)
    stranger = folder / "Ms_red" / "stranger.jpg"
    stranger.write_bytes(photo("green", 0))
    plain = office.enrolment.rules
    office.enrolment.rules = replace(plain, agreement_score=-1.0)  # anybody passes
    (row,) = run(office, folder)
    assert (row.used, row.refused) == (3, ())
    assert [(one.file.name, "somebody else?" in one.reason) for one in row.doubtful] == [
        ("stranger.jpg", True)
    ]
    office.bulk.report.save(tmp_path / "report.csv")
    lines = list(csv.reader((tmp_path / "report.csv").read_text("utf-8-sig").splitlines()))
    assert [line[3] for line in lines[1:]] == ["enrolled", "picture to look at"]


def test_one_face_under_two_names_is_told(office: Office, tmp_path: Path) -> None:
    folder = hire(tmp_path / "staff", ("red", "blue"))
    double = folder / "Zz_red"
    double.mkdir()
    for number in (4, 5):
        (double / f"{number}.jpg").write_bytes(photo("red", number))
    *_, last = run(office, folder)
    assert last.reason == "Looks like Ms red, who is enrolled."


def test_cancelling_keeps_whole_people_only(office: Office, tmp_path: Path) -> None:
    folder = hire(tmp_path / "staff")

    def stop(done: int, _total: int, _name: str) -> None:
        if done == 5:  # in the middle of the third
            raise CancelledError("Cancelled")

    rows = run(office, folder, progress=stop)
    assert len(rows) == 2
    assert office.bulk.report.cancelled
    assert {person.samples for person in office.people.list()} == {2}
    assert len(office.people.list()) == 2
    run(office, folder)
    assert len(office.people.list()) == 6


def test_progress_counts_every_picture(office: Office, tmp_path: Path) -> None:
    folder = hire(tmp_path / "staff")
    run(office, hire(tmp_path / "early", ("red",)))
    seen: list[tuple[int, int]] = []
    run(office, folder, progress=lambda done, total, _name: seen.append((done, total)))
    assert seen[-1] == (12, 12)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_names_that_cannot_be_stored_are_refused_and_the_rest_goes_on(
    office: Office, tmp_path: Path
) -> None:
    folder = hire(tmp_path / "staff", ("red", "blue"))
    (folder / "Ms_blue").rename(folder / ("B" * 201))
    long, short = run(office, folder)
    assert (long.outcome, short.outcome) == (Outcome.REFUSED, Outcome.ENROLLED)
    assert "201 characters" in long.reason


@pytest.mark.parametrize("comma", [",", ";"])
def test_a_list_carries_number_and_department(office: Office, tmp_path: Path, comma: str) -> None:
    hire(tmp_path, ("red", "blue"))
    lines = [
        ("name", "staff_number", "department", "file"),
        ("Zoë Müller", "7", "Tables", "Ms_red/0.jpg"),
        ("Zoë Müller", "7", "Tables", "Ms_red/1.jpg"),
        ("Zoë Müller", "8", "Engines", "Ms_blue/0.jpg"),  # another one of the same name
        ("Ada", "", "", "missing.jpg"),
    ]
    path = tmp_path / "people.csv"
    path.write_text("\n".join(comma.join(line) for line in lines), encoding="utf-8-sig")
    rows = list(office.bulk.run(plan_list(path)))
    assert [row.outcome.value for row in rows] == ["enrolled", "enrolled", "refused"]
    seven = office.people.find_by_staff_number("7")
    assert seven is not None
    assert (seven.name, seven.department, seven.samples) == ("Zoë Müller", "Tables", 2)
    again = BulkImport(office.enrolment, office.people, SystemClock())
    assert [row.outcome.value for row in again.run(plan_list(path))] == [
        "already enrolled", "already enrolled", "refused",
    ]  # fmt: skip


@pytest.mark.parametrize("content", ["", "name,file\n", "who,where\na,b\n", "\xff\xfe"])
def test_a_list_that_says_nothing_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(BadInputError):
        plan_list(path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="Nobody"):
        plan_folder(tmp_path)


# It kills itself: a killer in another process can be too late on a busy machine.
_CHILD = """
import os, signal, sys, threading
from pathlib import Path
from facedesk.engine.bulk_import import plan_folder
from tests.engine.test_bulk_import import Office

office = Office(Path(sys.argv[1]))
for number, row in enumerate(office.bulk.run(plan_folder(Path(sys.argv[2])))):
    if number == 9:  # somewhere within the next person
        threading.Timer(0.003, os.kill, (os.getpid(), signal.SIGKILL)).start()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_killed_in_the_middle_and_started_again_gives_the_same_gallery(tmp_path: Path) -> None:
    folder = tmp_path / "staff"
    for repeat in range(4):  # 24 people, so that the kill comes in the middle
        hire(folder / str(repeat))
        for own in (folder / str(repeat)).iterdir():
            own.rename(folder / f"{own.name}_{repeat}")
        (folder / str(repeat)).rmdir()
    child = subprocess.run(
        [sys.executable, "-c", _CHILD, str(tmp_path / "killed"), str(folder)],
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert child.returncode == -signal.SIGKILL

    killed, whole = Office(tmp_path / "killed"), Office(tmp_path / "whole")
    there = len(killed.people.list())
    assert 10 <= there < 24
    rows = run(killed, folder)
    assert sum(row.outcome is Outcome.ALREADY for row in rows) == there
    run(whole, folder)
    assert len(whole.gallery()) == 48
    assert killed.gallery() == whole.gallery()
    for office in (killed, whole):
        office.database.close()
