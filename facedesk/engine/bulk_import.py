"""Enrolling many people from pictures: a folder with one sub-folder each, or a list as CSV.

Each person is one transaction, in the order of the plan, and whoever is enrolled already is left
alone. So an import that was killed goes on by being started again, and ends with the same gallery.
Pictures are read one at a time: memory does not grow with their number.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from facedesk.core.agreement import fits
from facedesk.core.clock import Clock
from facedesk.core.errors import BadInputError, CancelledError
from facedesk.core.language import tr
from facedesk.core.records import Person, Vector
from facedesk.engine.enrolment import Enrolment, SampleDraft
from facedesk.store.people import People
from facedesk.store.tables import Column, Table, write_csv
from facedesk.store.texts import clean
from facedesk.vision.pictures import PICTURE_SUFFIXES

_LARGEST_LIST_BYTES = 20_000_000
_LIST_COLUMNS = ("name", "staff_number", "department", "file")


class Outcome(StrEnum):
    ENROLLED = "enrolled"
    ALREADY = "already enrolled"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody to enrol and the pictures to do it with."""

    person: Person
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """A picture that is not used, or should be looked at, and why."""

    file: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """What may be saved of some pictures. `doubtful` ones are saved, and somebody should look at
    them. `look_alike` names another person already enrolled whom most of them look like; '' for
    nobody.
    """

    drafts: tuple[SampleDraft, ...]
    refused: tuple[Remark, ...]
    doubtful: tuple[Remark, ...] = ()
    look_alike: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one entry. `reason` is why nobody was enrolled, or what to look at."""

    entry: Entry
    outcome: Outcome
    used: int = 0
    refused: tuple[Remark, ...] = ()
    doubtful: tuple[Remark, ...] = ()
    reason: str = ""


@dataclass(slots=True)
class Report:
    """What an import did so far; complete once the iterator of `BulkImport.run` has ended."""

    rows: list[Row] = field(default_factory=list)
    pictures: int = 0
    elapsed_s: float = 0.0
    cancelled: bool = False

    def count(self, outcome: Outcome) -> int:
        return sum(row.outcome is outcome for row in self.rows)

    @property
    def pictures_refused(self) -> int:
        return sum(len(row.refused) for row in self.rows)

    @property
    def pictures_per_s(self) -> float:
        return self.pictures / self.elapsed_s if self.elapsed_s > 0 else 0.0

    def in_words(self) -> str:
        """One line: people by outcome, pictures, speed."""
        return tr(
            "{enrolled} enrolled, {already} already enrolled, {refused} refused; "
            "{pictures} pictures, {left_out} left out, {speed:.1f} pictures a second",
            enrolled=self.count(Outcome.ENROLLED),
            already=self.count(Outcome.ALREADY),
            refused=self.count(Outcome.REFUSED),
            pictures=self.pictures,
            left_out=self.pictures_refused,
            speed=self.pictures_per_s,
        )

    def save(self, path: Path) -> int:
        """Write the report as CSV, a line for each person and each refused picture."""
        return write_csv(path, Table(tr("Import"), _REPORT_COLUMNS, self._lines()))

    def _lines(self) -> Iterator[tuple[str | int, ...]]:
        for row in self.rows:
            person = row.entry.person
            who = (person.name, person.staff_number, person.department)
            yield (*who, row.outcome.value, row.used, "", row.reason)
            for refused in row.refused:
                yield (*who, "picture left out", "", str(refused.file), refused.reason)
            for doubt in row.doubtful:
                yield (*who, "picture to look at", "", str(doubt.file), doubt.reason)


_REPORT_COLUMNS = [
    Column(name)
    for name in ("name", "staff_number", "department", "outcome", "pictures_used", "file", "reason")
]


def plan_folder(folder: Path) -> list[Entry]:
    """One entry a sub-folder, in order of name; '_' in a folder's name is a space.

    Raises BadInputError without sub-folders, or when the folder cannot be read.
    """
    try:
        folders = sorted(entry for entry in folder.iterdir() if entry.is_dir())
        entries = [
            Entry(Person(0, entry.name.replace("_", " ")), tuple(_pictures(entry)))
            for entry in folders
            if not entry.name.startswith(".")
        ]
    except OSError as error:
        raise BadInputError(
            tr("The folder cannot be read"), f"{folder}: {error.strerror or error}"
        ) from error
    if not entries:
        raise BadInputError(
            tr("Nobody to enrol"),
            tr("{folder} has no sub-folders.", folder=folder),
            tr("Make one sub-folder of pictures per person, named like the person."),
        )
    return entries


def plan_list(path: Path) -> list[Entry]:
    """Entries of a CSV file with the columns name, staff_number, department, file (a line for each
    picture, its path beside the list); lines of one staff number, or of one name without a number,
    are one person. Raises BadInputError.
    """
    try:
        if path.stat().st_size > _LARGEST_LIST_BYTES:
            raise csv.Error(tr("it is larger than 20 MB"))
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            reader = csv.DictReader(file, delimiter=";" if ";" in first else ",")
            missing = [name for name in ("name", "file") if name not in (reader.fieldnames or ())]
            lines = [{name: (line.get(name) or "").strip() for name in _LIST_COLUMNS}
                     for line in reader]  # fmt: skip
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInputError(tr("The list cannot be read"), f"{path.name}: {error}") from error
    if missing or not lines:
        raise BadInputError(
            tr("Nobody to enrol"),
            tr("{file} has no lines with a name and a file.", file=path.name),
            tr("The first line names the columns: name, staff_number, department, file."),
        )
    people: dict[tuple[str, str], Entry] = {}
    for line in lines:
        key = ("number", line["staff_number"]) if line["staff_number"] else ("name", line["name"])
        person = Person(0, line["name"], line["staff_number"], line["department"])
        entry = people.get(key, Entry(person, ()))
        people[key] = replace(entry, files=(*entry.files, _beside(path, line["file"])))
    return list(people.values())


def choose(
    enrolment: Enrolment,
    files: Sequence[Path],
    known: Sequence[Vector] = (),
    *,
    own_name: str = "",
    keep_unlike: bool = False,
    looked_at: Callable[[], None] = lambda: None,
) -> Chosen:
    """Judge the pictures of one person. Who is enrolled has `own_name`, and `known` are vectors of
    the stored samples.

    Nobody can be asked here, so a picture that does not agree with the others is left out, unless
    `keep_unlike`; one that hardly does is pointed out. `looked_at` is called before each picture
    and may raise to stop.
    """
    drafts: list[tuple[Path, SampleDraft]] = []
    refused = []
    for file in files:
        looked_at()
        try:
            drafts.append((file, enrolment.draft(enrolment.examine_file(file))))
        except BadInputError as error:
            refused.append(Remark(file, _in_words(error)))
    vectors = [*known, *(draft.vector for _, draft in drafts)]
    told = fits(vectors, enrolment.rules.agreement_score)[len(known) :]
    surely = fits(vectors, enrolment.rules.sure_score)[len(known) :]
    kept, doubtful = [], []
    for (file, draft), fit, sure in zip(drafts, told, surely, strict=True):
        if fit.repeats:
            reason = tr("Nearly the same as another picture of this person: it would add nothing.")
            refused.append(Remark(file, reason))
        elif not fit.agrees and not keep_unlike:
            reason = tr(
                "Does not look like the other pictures of this person (similarity {score:.2f}).",
                score=fit.nearest,
            )
            refused.append(Remark(file, reason))
        else:
            kept.append(draft)
            if not sure.agrees:
                reason = tr(
                    "Hardly looks like the other pictures of this person: is it somebody else?"
                )
                doubtful.append(Remark(file, reason))
    return Chosen(
        tuple(kept), tuple(refused), tuple(doubtful), look_alike=_look_alike(kept, own_name)
    )


def _look_alike(drafts: Sequence[SampleDraft], own_name: str) -> str:
    """Somebody else whom more than half of the pictures look like. A single one proves little: in a
    large gallery it happens to many.
    """
    names = [draft.similar.name for draft in drafts if draft.similar is not None]
    most = max(names, key=names.count, default="")
    return most if most != own_name and 2 * names.count(most) > len(drafts) else ""


class BulkImport:
    """One import. Runs in the thread that iterates `run`, which is the jobs thread or the CLI."""

    def __init__(
        self,
        enrolment: Enrolment,
        people: People,
        clock: Clock,
        enrol: Callable[[Person, Sequence[SampleDraft]], Person] | None = None,
    ) -> None:
        """`enrol` saves one person in one transaction; `enrolment`'s own where it is not given."""
        self._enrolment = enrolment
        self._enrol_one = enrol or enrolment.enrol
        self._people = people
        self._clock = clock
        self.report = Report()

    def run(
        self,
        entries: Sequence[Entry],
        *,
        dry_run: bool = False,
        keep_unlike: bool = False,
        progress: Callable[[int, int, str], None] = lambda _done, _total, _name: None,
    ) -> Iterator[Row]:
        """Enrol one entry after the other, a `Row` each. A dry run judges and saves nothing.

        `progress(pictures done, pictures in all, name)` is called before each picture. When it
        raises CancelledError the import ends: who is enrolled stays, the one at hand is left out.
        """
        started_s = self._clock.monotonic_s()
        total = sum(len(entry.files) for entry in entries)
        done = 0
        names = {person.name for person in self._people.list()}
        for entry in entries:

            def looked_at(name: str = entry.person.name) -> None:
                nonlocal done
                progress(done, total, name)
                done += 1
                self.report.pictures += 1

            try:
                row = self._enrol(entry, names, looked_at, dry_run, keep_unlike)
            except CancelledError:
                self.report.cancelled = True
                return
            finally:
                self.report.elapsed_s = self._clock.monotonic_s() - started_s
            if row.outcome is Outcome.ALREADY:
                done += len(entry.files)
            self.report.rows.append(row)
            yield row
        with suppress(CancelledError):  # too late: everybody is in
            progress(total, total, "")

    def _enrol(
        self,
        entry: Entry,
        names: set[str],
        looked_at: Callable[[], None],
        dry_run: bool,
        keep_unlike: bool,
    ) -> Row:
        try:
            person = replace(
                entry.person, name=clean(tr("Name"), entry.person.name, 200, required=True)
            )
            if self._is_known(person, names):
                return Row(entry, Outcome.ALREADY)
            chosen = choose(
                self._enrolment,
                entry.files,
                keep_unlike=keep_unlike,
                looked_at=looked_at,
            )
            if not chosen.drafts:
                return Row(
                    entry,
                    Outcome.REFUSED,
                    refused=chosen.refused,
                    reason=tr("No picture that can be used."),
                )
            if not dry_run:
                self._enrol_one(person, chosen.drafts)
        except BadInputError as error:
            return Row(entry, Outcome.REFUSED, reason=_in_words(error))
        names.add(person.name)
        looks = tr("Looks like {name}, who is enrolled.", name=chosen.look_alike)
        return Row(
            entry,
            Outcome.ENROLLED,
            len(chosen.drafts),
            chosen.refused,
            chosen.doubtful,
            looks if chosen.look_alike else "",
        )

    def _is_known(self, person: Person, names: set[str]) -> bool:
        """By staff number where there is one: two people may have one name."""
        if person.staff_number:
            return self._people.find_by_staff_number(person.staff_number) is not None
        return person.name in names


def _in_words(error: BadInputError) -> str:
    more = " ".join(filter(None, (error.message, error.hint)))
    return f"{error.title}: {more}" if more else error.title


def _pictures(folder: Path) -> list[Path]:
    """Files of the folder itself: a link may lead to any file of this computer."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in PICTURE_SUFFIXES and not path.is_symlink()
    )


def _beside(people_list: Path, name: str) -> Path:
    """The picture that a list names. Raises BadInputError for one outside the list's folder."""
    folder = people_list.parent.resolve()
    try:
        found = (folder / name).resolve()
        inside = found.is_relative_to(folder)
    except (OSError, ValueError):  # a name that is no name of a file
        inside = False
    if not inside:
        raise BadInputError(
            tr("The list names a file elsewhere"),
            tr("{file} does not lie in the folder of {list}.", file=name, list=people_list.name),
            tr("Put the pictures beside the list, and name them as seen from there."),
        )
    return found
