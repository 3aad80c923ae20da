"""The rows and columns of the list of people."""

from collections.abc import Mapping
from dataclasses import dataclass

from facedesk.core.consent import ConsentAnswer
from facedesk.core.language import tr
from facedesk.core.records import Person
from facedesk.core.standing import Standing, standing_of
from facedesk.gui.tables import Column

_ORDER = {standing: number for number, standing in enumerate(Standing)}
_CHIPS = {
    Standing.ACTIVE: ("arrive", "on_arrive"),
    Standing.LOOK_ALIKE: ("leave", "on_leave"),
    Standing.NO_FACE: ("calm", "on_calm"),
    Standing.NEEDS_PHOTOS: ("warn", "on_warn"),
    Standing.CONSENT_MISSING: ("warn", "on_warn"),
    Standing.INACTIVE: ("calm", "on_calm"),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A person and how they stand at the kiosk; `place` is the one in the order of names, `alike`
    names whom they resemble.
    """

    person: Person
    standing: Standing
    place: int
    alike: str = ""


def listed(
    everybody: list[Person],
    answers: dict[int, ConsentAnswer],
    known: frozenset[int] | None,
    look_alikes: Mapping[int, frozenset[int]],
    *,
    consent_asked: bool,
) -> list[Listed]:
    """A row for each person; they come in the order of their names. `known` are those whom the
    model can recognise; None (no model yet): whoever has a sample.
    """
    names = {person.id: person.name for person in everybody}
    rows = []
    for place, person in enumerate(everybody):
        alike = look_alikes.get(person.id, frozenset())
        standing = standing_of(
            person,
            answers.get(person.id),
            consent_asked=consent_asked,
            recognisable=person.samples > 0 if known is None else person.id in known,
            look_alike=bool(alike),
        )
        others = ", ".join(names[other] for other in sorted(alike) if other in names)
        rows.append(Listed(person, standing, place, others))
    return rows


def people_columns() -> list[Column[Listed]]:
    return [
        Column(tr("Name"), lambda row: row.person.name, key=lambda row: row.place),
        Column(tr("Staff number"), lambda row: row.person.staff_number),
        Column(tr("Department"), lambda row: row.person.department),
        Column(
            tr("Photos"), lambda row: str(row.person.samples), key=lambda row: row.person.samples
        ),
        Column(
            tr("Status"),
            lambda row: standing_text(row.standing),
            key=lambda row: (_ORDER[row.standing], row.place),
            tip=standing_hint,
            chip=lambda row: _CHIPS[row.standing],
        ),
    ]


def standing_text(standing: Standing) -> str:
    """'Needs new photos'."""
    text = tr(standing.value)
    return text[:1].upper() + text[1:]


def standing_hint(row: Listed) -> str:
    """What it means, and what to do about it."""
    return {
        Standing.ACTIVE: "",
        Standing.LOOK_ALIKE: tr(
            "Resembles {names}. The kiosk asks for a clear lead, or for a PIN.", names=row.alike
        ),
        Standing.NO_FACE: tr("Did not agree to be recognised; no face is stored."),
        Standing.NEEDS_PHOTOS: tr("Add a photo, so that the kiosk can know this person."),
        Standing.CONSENT_MISSING: tr("Nobody recorded that this person agreed. Edit to record it."),
        Standing.INACTIVE: tr("Cannot check in."),
    }[row.standing]
