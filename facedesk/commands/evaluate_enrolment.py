"""`evaluate enrolment`: duplicates found and missed, bad pictures refused, on faces in folders."""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from rich.table import Table

from facedesk.commands.asked import print_table
from facedesk.commands.place import ModelChoice, Place, model_options, pass_place
from facedesk.core.errors import BadInputError
from facedesk.core.matching import Gallery
from facedesk.core.records import Image, Vector
from facedesk.engine.desk import Desk
from facedesk.engine.enrolment import Enrolment
from facedesk.engine.newcomer import Newcomer
from facedesk.lab.metrics import clopper_pearson
from facedesk.lab.options import SHARED
from facedesk.lab.spoil import KINDS
from facedesk.vision.pictures import read_picture

_PICTURES = 2  # of each enrolment


@dataclass(frozen=True, slots=True)
class Sitting:
    """One enrolment of somebody: the vectors of the pictures that were accepted."""

    name: str
    vectors: tuple[Vector, ...]


@click.command("enrolment")
@click.option(
    "--faces",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=SHARED / "data" / "lfw" / "images",
    show_default=True,
    help="Folder with one sub-folder of pictures per person.",
)
@click.option(
    "--webcam",
    type=click.Path(path_type=Path, file_okay=False),
    default=SHARED / "data" / "webcam" / "enrol",
    show_default=True,
    help="Folder like --faces with good webcam pictures, which nothing may refuse.",
)
@click.option("--people", default=500, show_default=True, help="How many are enrolled.")
@click.option(
    "--again",
    default=150,
    show_default=True,
    help="How many of them come again under another name, and how many strangers come.",
)
@click.option("--pictures", default=60, show_default=True, help="Pictures to spoil, of each kind.")
@click.option("--seed", default=7, show_default=True, help="Which people are drawn.")
@model_options
@pass_place
def enrolment(
    place: Place,
    faces: Path,
    webcam: Path,
    people: int,
    again: int,
    pictures: int,
    seed: int,
    models: ModelChoice,
) -> None:
    """Enrol people as the window does, and measure what it points out and what it refuses.

    Shares come with exact 95 % bounds (Clopper-Pearson). Nothing is saved.
    """
    folders = sorted(entry for entry in faces.iterdir() if entry.is_dir())
    random.Random(seed).shuffle(folders)
    with place.desk(models=models) as desk:
        if pictures:
            _print_refusals(desk.enrolment, folders, sorted(webcam.glob("*/*")), pictures)
        if people:
            _print_duplicates(desk, folders, people, again)


def _print_duplicates(desk: Desk, folders: Sequence[Path], people: int, again: int) -> None:
    several = [folder for folder in folders if len(list(folder.iterdir())) >= 2 * _PICTURES]
    others = [folder for folder in folders if len(list(folder.iterdir())) in (2, 3)]
    started_s = time.perf_counter()
    known: list[Sitting] = []
    returning: list[Sitting] = []
    for folder in several:
        if len(known) == people:
            break
        first = _sitting(desk.enrolment, folder, 0)
        if first is None:
            continue
        known.append(first)
        if len(returning) < again:
            second = _sitting(desk.enrolment, folder, 1)
            if second is not None:
                returning.append(second)
    # Whoever is missing is filled up from people with fewer pictures, who never come again.
    rest = iter(others)
    known += list(_sittings(desk.enrolment, rest, people - len(known)))
    strangers = list(_sittings(desk.enrolment, rest, again))
    click.echo(
        f"{len(known)} people enrolled with {_PICTURES} pictures each; {len(returning)} come "
        f"again, {len(strangers)} strangers come ({time.perf_counter() - started_s:.0f} s)"
    )
    gallery = _gallery(desk, known)
    table = Table("Enrolment", "Found", "Share", "95 %", "Look-alikes named", box=None)
    own_found = [_judge(desk, gallery, sitting) for sitting in returning]
    found = [
        sitting.name in names for sitting, (names, _) in zip(returning, own_found, strict=True)
    ]
    _row(table, "duplicate found", sum(found), len(returning), _mean([a for _, a in own_found]))
    wrong = [any(name != sitting.name for name in names)
             for sitting, (names, _) in zip(returning, own_found, strict=True)]  # fmt: skip
    _row(table, "another person named as the duplicate", sum(wrong), len(returning))
    alarms = [_judge(desk, gallery, sitting) for sitting in strangers]
    _row(table, "false alarm for a stranger", sum(bool(names) for names, _ in alarms),
         len(strangers), _mean([alike for _, alike in alarms]))  # fmt: skip
    print_table(table)
    newcomer = _newcomer(desk, gallery, known[0])
    bounds = [newcomer.same_from(number) for number in gallery.names]
    click.echo(
        f"Two people are taken for one from {min(bounds):.3f} to {max(bounds):.3f} on (threshold "
        f"of the kiosk {newcomer.rules.threshold:.3f}); look-alikes are named from "
        f"{newcomer.rules.threshold - newcomer.rules.margin:.3f} on."
    )


def _judge(desk: Desk, gallery: Gallery, sitting: Sitting) -> tuple[set[str], int]:
    """Names taken for the same person, and how many look alike."""
    newcomer = _newcomer(desk, gallery, sitting)
    return {one.name for one in newcomer.duplicates()}, len(newcomer.look_alikes())


def _newcomer(desk: Desk, gallery: Gallery, sitting: Sitting) -> Newcomer:
    return Newcomer(gallery, sitting.vectors, sitting.name, desk.newcomer_rules)


def _gallery(desk: Desk, known: Sequence[Sitting]) -> Gallery:
    ids = [number for number, one in enumerate(known, 1) for _ in one.vectors]
    return Gallery(
        desk.enrolment.rules.contract,
        np.stack([vector for one in known for vector in one.vectors]),
        np.array(ids, np.int64),
        {number: one.name for number, one in enumerate(known, 1)},
    )


def _sittings(enrolment: Enrolment, folders: Iterator[Path], count: int) -> Iterator[Sitting]:
    while count > 0:
        folder = next(folders, None)
        if folder is None:
            return
        sitting = _sitting(enrolment, folder, 0)
        if sitting is not None:
            count -= 1
            yield sitting


def _sitting(enrolment: Enrolment, folder: Path, number: int) -> Sitting | None:
    """The `number`-th enrolment of a person; None where a picture is refused."""
    files = sorted(folder.iterdir())[number * _PICTURES : (number + 1) * _PICTURES]
    try:
        drafts = [enrolment.draft(enrolment.examine_file(file)) for file in files]
    except BadInputError:
        return None
    return Sitting(folder.name, tuple(draft.vector for draft in drafts))


def _print_refusals(
    enrolment: Enrolment, folders: Sequence[Path], webcam: Sequence[Path], count: int
) -> None:
    good: list[tuple[Image, int]] = []
    tried = 0
    for folder in folders:
        image = read_picture(min(folder.iterdir()))
        tried += 1
        if not _refusal(enrolment, image):
            # Odd numbers are turned to the right: a head goes on turning where it looks already.
            yaw_deg = enrolment.examine(image, "measured").faces[0].quality.yaw_deg
            good.append((image, 2 * tried + (yaw_deg >= 0)))
        if len(good) == count:
            break
    table = Table("Picture", "Refused", "Share", "95 %", "Usual reason", box=None)
    _row(table, "good", tried - len(good), tried)
    kinds = {"good, webcam": [_refusal(enrolment, read_picture(file)) for file in webcam]}
    for name, spoil in KINDS.items():
        kinds[name] = [_refusal(enrolment, spoil(image, number)) for image, number in good]
    for name, reasons in kinds.items():
        refused = [reason for reason in reasons if reason]
        usual = max(set(refused), key=refused.count, default="")
        _row(table, name, len(refused), len(reasons), usual)
    print_table(table)


def _refusal(enrolment: Enrolment, image: Image) -> str:
    """Why the picture is refused, '' when it is not."""
    try:
        enrolment.draft(enrolment.examine(image, "measured"))
    except BadInputError as error:
        return error.message or error.title
    return ""


def _row(table: Table, what: str, hits: int, of: int, more: str = "") -> None:
    bounds = clopper_pearson(hits, of)
    table.add_row(
        what, f"{hits} of {of}", f"{hits / of:.1%}" if of else "",
        f"{bounds.low:.1%} to {bounds.high:.1%}", more,
    )  # fmt: skip


def _mean(counts: Sequence[int]) -> str:
    return f"{np.mean(counts):.2f} each" if counts else ""
