"""Punches from a file of another kiosk or program, added as corrections: signed, and visible."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from facedesk.core.attendance import zone_info
from facedesk.core.corrections import Signature
from facedesk.core.errors import BadInputError, FaceDeskError
from facedesk.core.language import tr
from facedesk.core.records import Direction, Person
from facedesk.store.corrections import Corrections
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.punches import Asked, Punches

_MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How many punches were added, and how many the log had already. On a `problem`, none was
    added; there is one a row, with the row's number (from 1).
    """

    added: int
    known: int
    problems: tuple[str, ...] = ()


class _Undo(Exception):  # noqa: N818 (nothing went wrong)
    """Leaves the transaction, so that a trial or a file with problems changes nothing."""


class PunchImport:
    """Adds the rows of an export (CSV or JSON) that are not in the log yet, all or none."""

    def __init__(
        self, database: Database, people: People, punches: Punches, corrections: Corrections
    ) -> None:
        self._database = database
        self._people = people
        self._punches = punches
        self._corrections = corrections

    def run(
        self,
        rows: Iterable[Mapping[str, str]],
        zone: str,
        signature: Signature,
        *,
        dry_run: bool,
    ) -> ImportReport:
        """`zone` is for rows that name none. A dry run does all of it and takes it back.

        A row has `direction`, and `utc` or `date`, `time` and perhaps `zone`; the person is found
        by `staff_number`, else by a `name` that only one has.
        """
        report = ImportReport(0, 0)
        try:
            with self._database.transaction():
                report = self._add(rows, zone, signature)
                if dry_run or report.problems:
                    raise _Undo
        except _Undo:
            return report if dry_run else ImportReport(0, report.known, report.problems)
        return report

    def _add(
        self, rows: Iterable[Mapping[str, str]], zone: str, signature: Signature
    ) -> ImportReport:
        people = _Known(self._people.list())
        had = {
            (stamp.person_id, stamp.direction, stamp.utc) for stamp in self._punches.stamps(Asked())
        }
        added = known = 0
        problems: list[str] = []
        for number, row in enumerate(rows, 1):
            try:
                person = people.find(row)
                direction = _direction(row)
                place = row.get("zone") or zone
                utc = _moment(row, place)
                if (person.id, direction, utc) in had:
                    known += 1
                    continue
                self._corrections.add(person.id, direction, utc, place, signature)
            except FaceDeskError as error:
                problems.append(tr("row {number}: {why}", number=number, why=error.message))
                if len(problems) == _MOST_PROBLEMS:
                    break
            else:
                had.add((person.id, direction, utc))
                added += 1
        return ImportReport(added, known, tuple(problems))


class _Known:
    """Finds a row's person without guessing."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._by_number: dict[str, Person] = {}
        self._by_name: dict[str, list[Person]] = {}
        for person in people:
            if person.staff_number:
                self._by_number[person.staff_number.casefold()] = person
            self._by_name.setdefault(person.name.casefold(), []).append(person)

    def find(self, row: Mapping[str, str]) -> Person:
        staff_number, name = row.get("staff_number", "").strip(), row.get("name", "").strip()
        if staff_number:
            if staff_number.casefold() in self._by_number:
                return self._by_number[staff_number.casefold()]
            raise _refused(tr("nobody has the staff number “{text}”", text=staff_number))
        found = self._by_name.get(name.casefold(), [])
        if len(found) == 1:
            return found[0]
        if found:
            raise _refused(tr("several people are called “{text}”", text=name))
        raise _refused(tr("nobody is called “{text}”", text=name))


def _direction(row: Mapping[str, str]) -> Direction:
    text = row.get("direction", "").strip().casefold()
    try:
        return Direction(text)
    except ValueError as error:
        raise _refused(tr("“{text}” is no direction", text=text)) from error


def _moment(row: Mapping[str, str], zone: str) -> datetime:
    utc_text = row.get("utc", "").strip()
    local_text = f"{row.get('date', '').strip()}T{row.get('time', '').strip()}"
    try:
        if utc_text:
            utc = datetime.fromisoformat(utc_text)
            if utc.tzinfo is not None:
                return utc.astimezone(UTC)
            raise ValueError(utc_text)
        return datetime.fromisoformat(local_text).replace(tzinfo=zone_info(zone)).astimezone(UTC)
    except ValueError as error:
        text = utc_text or local_text
        raise _refused(tr("“{text}” is no time", text=text)) from error


def _refused(why: str) -> BadInputError:
    return BadInputError(tr("Nothing was imported"), why)
