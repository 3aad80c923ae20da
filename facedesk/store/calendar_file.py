"""Absences as an iCalendar file (RFC 5545), which every calendar program opens."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from facedesk.core.language import tr
from facedesk.core.schedules import Absence, DayPart
from facedesk.store.tables import replacing


def write_calendar(
    target: Path | IO[str],
    absences: Iterable[Absence],
    names: Mapping[int, str],
    now_utc: datetime,
    *,
    with_kind: bool,
) -> int:
    """One all-day event an absence; returns how many. Raises StoreError.

    `with_kind` tells why somebody is away: illness is nobody's business in a calendar that is
    shared.
    """
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//FaceDesk//Absences//EN")
    calendar.add("version", "2.0")
    count = 0
    for absence in absences:
        what = tr(absence.kind) if with_kind else tr("absent")
        part = "" if absence.part is DayPart.WHOLE else f" ({tr(absence.part)})"
        event = Event()
        event.add("uid", f"absence-{absence.id}@facedesk")
        event.add("dtstamp", now_utc)
        event.add("dtstart", absence.first)
        event.add("dtend", absence.last + timedelta(days=1))  # the first day that is none of it
        event.add("summary", f"{names[absence.person_id]}: {what}{part}")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
        count += 1
    content = calendar.to_ical()
    if isinstance(target, Path):
        with replacing(target) as temporary:
            temporary.write_bytes(content)
    else:
        target.write(content.decode("utf-8"))
    return count
