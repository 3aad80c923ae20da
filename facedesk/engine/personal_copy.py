"""Everything that a person's own copy of a time sheet shows, gathered for whoever prints it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from facedesk.core.corrections import Correction
from facedesk.core.schedules import moment_of
from facedesk.engine.timesheets import Sheet, Timesheets
from facedesk.store.corrections import Corrections


@dataclass(frozen=True, slots=True)
class PersonalCopy:
    """One person's days with all corrections of punches that lie, or lay, in them."""

    organisation: str
    sheet: Sheet
    corrections: tuple[Correction, ...]
    zone: str
    made_utc: datetime


def personal_copies(
    timesheets: Timesheets,
    corrections: Corrections,
    organisation: str,
    first: date,
    last: date,
    *,
    person_ids: Collection[int] | None = None,
    department: str | None = None,
) -> Iterator[PersonalCopy]:
    """The copies of the days `first` to `last`, in order of name."""
    made_utc = timesheets.clock.utc()
    for sheet in timesheets.sheets(first, last, person_ids=person_ids, department=department):
        start_utc = moment_of(sheet.days[0].planned.start)
        end_utc = moment_of(sheet.days[-1].planned.end)
        concerned = tuple(
            one
            for one in corrections.history(person_id=sheet.person.id)
            if any(
                state is not None and start_utc <= state.utc < end_utc
                for state in (one.before, one.after)
            )
        )
        yield PersonalCopy(organisation, sheet, concerned, timesheets.zone(), made_utc)
