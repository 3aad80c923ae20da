"""Check-in by whatever way somebody is identified: committed first, announced afterwards."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from facedesk.core.attendance import Action, ActionKind, next_action, presence_s
from facedesk.core.clock import Clock
from facedesk.core.corrections import Signature
from facedesk.core.errors import BadInputError, StoreError
from facedesk.core.facts import (
    DirectionAsked,
    Fact,
    ProblemFound,
    PunchCancelled,
    PunchDeclined,
    PunchRecorded,
)
from facedesk.core.language import tr
from facedesk.core.open_days import ASKED_FOR, open_day
from facedesk.core.records import Direction, Identification, OpenDay, Person, Probe, Punch
from facedesk.core.schedules import Calendar, moment_of
from facedesk.engine.timesheets import Timesheets
from facedesk.store.corrections import Corrections
from facedesk.store.statements import Statements

log = logging.getLogger(__name__)

UNDO_S = 15.0
_LATE_CLICK_S = 2.0  # the button was still there when the finger moved
DECIDE_S = 6.0
ANSWER_S = 120.0  # to say when one left yesterday
CLOCK_MOVED_S = 30.0  # less is time servers at work


@dataclass(frozen=True, slots=True)
class AttendanceRules:
    """The settings that a punch depends on; `settings_version` is stored with each punch.

    `ask`: people say what their punch is to be.
    """

    zone: str
    cooldown_s: int
    settings_version: str
    ask: bool = False


class Mistakes(Protocol):
    """Whoever wants to know of faces that were given somebody else's name."""

    def remember(self, person_id: int, probe: Probe, punch_id: int | None) -> None:
        """The face of `probe` is NOT this person's; `punch_id` was cancelled for it, if any."""
        ...


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A punch that its person may still take back."""

    punch: Punch
    person: Person
    how: Identification
    until_s: float


class Kiosk:
    """Where people check in, by face, PIN or badge. Usable from any thread.

    Facts are told after the commit, in the thread of the caller, and returned as well.
    """

    def __init__(
        self,
        timesheets: Timesheets,
        corrections: Corrections,
        statements: Statements,
        rules: Callable[[], AttendanceRules],
        tell: Callable[[Fact], None],
        mistakes: Mistakes | None = None,
    ) -> None:
        self._timesheets = timesheets
        self._corrections = corrections
        self._statements = statements
        self._rules = rules
        self._tell = tell
        self._mistakes = mistakes
        self._clock: Clock = timesheets.clock
        self._clocks_apart = self._clock.utc() - timedelta(seconds=self._clock.monotonic_s())
        self._lock = threading.Lock()
        self._asked: dict[int, tuple[DirectionAsked, float]] = {}  # by person; until when
        self._fresh: dict[int, _Fresh] = {}  # by punch
        self._open: dict[int, tuple[OpenDay, float]] = {}  # by open punch; until when

    def check_in(
        self, person_id: int, how: Identification, wanted: Direction | None = None
    ) -> PunchRecorded | PunchDeclined | DirectionAsked:
        """Record what the sight of a person means, or what the person says it is.

        Where people are asked (a setting) and `wanted` is not given, nothing is recorded yet:
        `answer` does, or `settle` when nobody answers. Raises BadInputError when the person is gone
        or `wanted` makes no sense, StoreError when nothing could be saved.
        """
        return self._check_in(person_id, how, wanted, ask=self._rules().ask and wanted is None)

    def _check_in(
        self, person_id: int, how: Identification, wanted: Direction | None, *, ask: bool
    ) -> PunchRecorded | PunchDeclined | DirectionAsked:
        utc, rules = self._clock.utc(), self._rules()
        person = self._timesheets.people.get(person_id)
        calendar = self._timesheets.calendar(person, utc)
        actions: list[Action] = []

        def rule(previous: Sequence[Punch]) -> Punch | None:
            action = next_action(
                previous, utc, rules.zone, calendar.day_of, rules.cooldown_s, wanted
            )
            actions.append(action)
            if action.kind is ActionKind.DECLINE or (ask and len(action.choices) > 1):
                return None
            return self._punch(person_id, how, action, utc, rules)

        punch = self._timesheets.punches.record_if(person_id, rule)
        action = actions[-1]
        if punch is not None:
            return self._recorded(punch, person, how, action, calendar)
        if action.since_utc is None:
            return self._ask(person, how, action, utc)
        declined = PunchDeclined(utc, person, action.direction, action.since_utc, how)
        self._tell(declined)
        return declined

    def remind(self, person_id: int, how: Identification) -> None:
        """Tell somebody who never left what stands in today's log; nothing is recorded."""
        punch = self._timesheets.punches.last(person_id)
        if punch is None or person_id in self._asked:
            return
        utc = self._clock.utc()
        person = self._timesheets.people.get(person_id)
        calendar = self._timesheets.calendar(person, utc)
        if calendar.day_of(punch.utc) == calendar.day_of(utc):  # else today's was taken back
            self._tell(PunchDeclined(utc, person, punch.direction, punch.utc, how))

    # The person's answers -------------------------------------------------------------------------

    def answer(self, person_id: int, direction: Direction) -> PunchRecorded | PunchDeclined | None:
        """Record what an asked person chose; None when the question does not stand any more.

        Raises as `check_in`.
        """
        with self._lock:
            asked = self._asked.pop(person_id, None)
        return None if asked is None else self._resolve(asked[0], direction)

    def settle(self, *, now: bool = False) -> None:
        """Record the guess for those who did not answer in time; with `now`, for all.

        Nobody who was recognised goes unrecorded. Raises as `check_in`; what could not be saved is
        due again.
        """
        while True:
            now_s = self._clock.monotonic_s()
            with self._lock:
                due = [asked for asked, until_s in self._asked.values() if now or until_s <= now_s]
                if not due:
                    return
                del self._asked[due[0].person.id]
            self._resolve(due[0], None)

    def undo(self, punch_id: int) -> None:
        """The person takes a punch of the last 15 seconds back.

        The punch stays in the log with a row that cancels it. Raises BadInputError when it is too
        late or the day is paid, StoreError when it could not be saved.
        """
        self._take_back(punch_id, tr("Taken back by the person at once."), not_me=False)

    def reject(self, punch_id: int) -> None:
        """As `undo`, because it was not this person: the face is remembered as a mistake."""
        fresh = self._take_back(punch_id, tr("“Not me” was pressed at once."), not_me=True)
        self._remember(fresh.person.id, fresh.how, punch_id)

    def refuse(self, person_id: int) -> None:
        """Somebody who was asked is not this person: nothing is recorded, the face remembered."""
        with self._lock:
            asked = self._asked.pop(person_id, None)
        if asked is not None:
            self._remember(person_id, asked[0].how, None)

    def state_departure(self, open_punch_id: int, utc: datetime) -> None:
        """Keep when the person says they left on the day that `PunchRecorded.forgotten` told of.

        It counts when an admin has confirmed it. Raises BadInputError when nobody was asked lately
        or the time does not lie within the day, StoreError when it could not be saved.
        """
        with self._lock:
            open_until = self._open.get(open_punch_id)
        if open_until is None or open_until[1] < self._clock.monotonic_s():
            raise BadInputError(tr("Nothing was noted"), tr("Please tell it at the desk."))
        asked = open_until[0]
        if not asked.punch.utc < utc < asked.until_utc:
            raise BadInputError(
                tr("Nothing was noted"), tr("That is not within the day that was left open.")
            )
        self._statements.add(asked.punch, utc)
        with self._lock:
            self._open.pop(open_punch_id, None)
        log.info("punch %d was left open; the person says when they left", open_punch_id)

    # --------------------------------------------------------------------------------------------

    def _ask(
        self, person: Person, how: Identification, action: Action, utc: datetime
    ) -> DirectionAsked:
        asked = DirectionAsked(utc, person, action.direction, action.choices, DECIDE_S, how)
        with self._lock:
            standing = self._asked.get(person.id)
            if standing is not None:
                return standing[0]
            self._asked[person.id] = asked, self._clock.monotonic_s() + DECIDE_S
        self._tell(asked)
        return asked

    def _resolve(
        self, asked: DirectionAsked, chosen: Direction | None
    ) -> PunchRecorded | PunchDeclined:
        try:
            told = self._check_in(asked.person.id, asked.how, chosen, ask=False)
        except StoreError:
            with self._lock:
                self._asked.setdefault(asked.person.id, (asked, self._clock.monotonic_s()))
            raise
        assert not isinstance(told, DirectionAsked)
        return told

    def _recorded(
        self, punch: Punch, person: Person, how: Identification, action: Action, calendar: Calendar
    ) -> PunchRecorded:
        log.info(
            "punch %d of person %d recorded: %s. %s",
            punch.id, person.id, punch.direction, punch.reason,
        )  # fmt: skip
        now_s = self._clock.monotonic_s()
        with self._lock:
            self._asked.pop(person.id, None)
            self._fresh = {
                number: fresh for number, fresh in self._fresh.items() if fresh.until_s >= now_s
            }
            if punch.id > 0:  # else it waits in the emergency file
                self._fresh[punch.id] = _Fresh(punch, person, how, now_s + UNDO_S + _LATE_CLICK_S)
        forgotten = self._forgotten(action.forgotten, person, now_s) if punch.id > 0 else None
        today = calendar.planned(calendar.day_of(punch.utc))
        start_utc, end_utc = moment_of(today.start), moment_of(today.end)
        of_day = self._timesheets.punches.between(start_utc, end_utc, person.id)
        worked_s = presence_s(of_day, start_utc, end_utc, punch.utc)
        recorded = PunchRecorded(punch.utc, punch, person, worked_s, forgotten, how)
        self._tell(recorded)
        trouble = self._timesheets.punches.trouble
        if trouble is not None:
            self._tell(_kept_apart(punch.utc, trouble))
        return recorded

    def _forgotten(self, open_punch: Punch | None, person: Person, now_s: float) -> OpenDay | None:
        """The question to ask about a day that was left open, once; None when it is too late."""
        if (
            open_punch is None
            or self._clock.utc() - open_punch.utc > ASKED_FOR
            or self._statements.known(open_punch.id)
        ):
            return None
        calendar = self._timesheets.calendar(person, open_punch.utc)
        before = self._timesheets.punches.between(
            open_punch.utc - 2 * ASKED_FOR, open_punch.utc, person.id
        )
        asked = open_day(open_punch, before, calendar.planned(calendar.day_of(open_punch.utc)))
        with self._lock:
            self._open = {
                number: entry for number, entry in self._open.items() if entry[1] >= now_s
            }
            self._open[open_punch.id] = asked, now_s + ANSWER_S
        return asked

    def _take_back(self, punch_id: int, why: str, *, not_me: bool) -> _Fresh:
        with self._lock:
            fresh = self._fresh.get(punch_id)
        if fresh is None or fresh.until_s < self._clock.monotonic_s():
            raise BadInputError(
                tr("Nothing was taken back"),
                tr("A check-in can be taken back for a few seconds only."),
                tr("Please ask at the desk to correct it."),
            )
        self._corrections.cancel(punch_id, Signature(tr("kiosk"), why))
        with self._lock:
            self._fresh.pop(punch_id, None)
        log.info("punch %d taken back at the kiosk%s", punch_id, ", not the person" * not_me)
        self._tell(PunchCancelled(self._clock.utc(), fresh.punch, fresh.person, not_me))
        return fresh

    def _remember(self, person_id: int, how: Identification, punch_id: int | None) -> None:
        if self._mistakes is not None and how.probe is not None:
            self._mistakes.remember(person_id, how.probe, punch_id)

    def _punch(
        self,
        person_id: int,
        how: Identification,
        action: Action,
        utc: datetime,
        rules: AttendanceRules,
    ) -> Punch:
        moved_s = self._clock_moved_s(utc)
        return Punch(
            person_id=person_id,
            direction=action.direction,
            utc=utc,
            zone=rules.zone,
            score=how.score,
            runner_up=how.runner_up,
            threshold=how.threshold,
            contract=how.contract,
            settings_version=rules.settings_version,
            source=how.source,
            reason=f"{how.reason} {action.reason}{_clock_note(moved_s)}",
            method=how.method,
            clock_moved_s=moved_s,
        )

    def _clock_moved_s(self, utc: datetime) -> int:
        """How far the wall clock was moved since the kiosk started, 0 for next to nothing."""
        apart = utc - timedelta(seconds=self._clock.monotonic_s())
        moved_s = round((apart - self._clocks_apart).total_seconds())
        return moved_s if abs(moved_s) >= CLOCK_MOVED_S else 0


def _kept_apart(utc: datetime, trouble: StoreError) -> ProblemFound:
    return ProblemFound(
        utc,
        trouble.title,
        tr("Check-ins are kept in an emergency file and entered as soon as it is over.")
        + " " + trouble.message,
        trouble.hint,
    )  # fmt: skip


def _clock_note(moved_s: int) -> str:
    if not moved_s:
        return ""
    minutes = round(abs(moved_s) / 60)
    return " " + tr(
        "The computer's clock was moved by {sign}{hours}:{minutes:02d}.",
        sign="-" if moved_s < 0 else "+", hours=minutes // 60, minutes=minutes % 60,
    )  # fmt: skip
