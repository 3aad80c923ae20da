"""Days at the kiosk (scenarios/kiosk.md): what people did there, and the hours that came of it.

| Step | What happens |
|---|---|
| `2026-03-02 08:58 comes` | the person is recognised; a time without a date has the one before |
| `12:00 in`, `out`, `break`, `back` | the person is recognised and presses this button |
| `undo`, `not me` | the button after the last punch |
| `says 17:30` | the answer to when the person left on the day that was left open |
| `confirmed`, `refused` | what an admin makes of it |
| `12:00 clock 11:00` | somebody sets the computer's clock |

Every step runs the real kiosk, on a real database, with a clock that is moved from step to step.
"""

import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from facedesk.core.facts import PunchRecorded
from facedesk.core.records import Direction, Identification, Method
from facedesk.core.totals import summed
from tests.core.scenarios.reading import moment, period, schedules_of, written
from tests.engine.test_kiosk import RULES, Desk

_ROWS = [
    [cell.strip() for cell in line.split("|")[1:-1]]
    for line in (Path(__file__).parent / "scenarios" / "kiosk.md").read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| Scenario")
]
_BUTTONS = {
    "comes": None,
    "in": Direction.IN,
    "out": Direction.OUT,
    "break": Direction.BREAK_START,
    "back": Direction.BREAK_END,
}
FACE = Identification(Method.FACE, "Best 0.71.", "camera:test", 0.71, 0.12, 0.4)


class Story:
    """A kiosk, and the day on its wall."""

    def __init__(self, folder: Path, schedule: str) -> None:
        self.desk = Desk(folder)
        self.day = date.min
        self.started = False
        for assignment, found in schedules_of(schedule):
            self.desk.schedules.save(replace(found, holidays=""))
            self.desk.schedules.assign(replace(assignment, person_id=self.desk.anna.id, id=0))

    def step(self, text: str) -> None:
        timed = re.fullmatch(r"(?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\db?) (.+)", text)
        if timed:
            self.day = date.fromisoformat(timed[1]) if timed[1] else self.day
            self.wait_until(moment(self.day, timed[2], RULES.zone))
            text = timed[3]
        else:
            self.desk.clock.advance(5)
        word, _, rest = text.partition(" ")
        desk = self.desk
        if word in _BUTTONS:
            desk.kiosk.check_in(desk.anna.id, FACE, _BUTTONS[word])
        elif text == "undo":
            desk.kiosk.undo(self.last_punch().punch.id)
        elif text == "not me":
            desk.kiosk.reject(self.last_punch().punch.id)
        elif word == "says":
            asked = self.last_punch().forgotten
            assert asked is not None, "nothing was asked"
            day, _, at = rest.rpartition(" ")
            left = moment(date.fromisoformat(day) if day else asked.day, at, RULES.zone)
            desk.kiosk.state_departure(asked.punch.id, left)
        elif text == "confirmed":
            desk.statements.confirm(desk.statements.waiting()[0].id, "Grace")
        elif text == "refused":
            desk.statements.refuse(desk.statements.waiting()[0].id, "Grace")
        elif word == "clock":
            desk.clock.set_utc(moment(self.day, rest, RULES.zone))
        else:
            raise AssertionError(text)

    def wait_until(self, utc: datetime) -> None:
        if self.started:
            self.desk.clock.advance((utc - self.desk.clock.utc()).total_seconds())
        else:
            self.desk.clock.set_utc(utc)
            self.desk.restart()
        self.started = True

    def last_punch(self) -> PunchRecorded:
        return [fact for fact in self.desk.facts if isinstance(fact, PunchRecorded)][-1]

    def hours(self, when: str) -> str:
        self.desk.clock.advance(4 * 24 * 3600)
        (sheet,) = self.desk.sheets.sheets(*period(when), person_ids=[self.desk.anna.id])
        flags = [str(flag) for day in sheet.days for flag in day.flags]
        return written(summed(day.minutes for day in sheet.days), flags)


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row[0])
def test_scenario(row: list[str], tmp_path: Path) -> None:
    _, schedule, steps, when, hours = row
    story = Story(tmp_path, schedule)
    try:
        for step in steps.split(", "):
            story.step(step)
        assert story.hours(when) == hours
        assert story.desk.punches.verify().intact
    finally:
        story.desk.database.close()
