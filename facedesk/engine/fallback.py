"""Checking in without one's face: by staff number and PIN, or by badge.

A PIN is guessed against two limits (`core.credentials`): of the number that was typed, whether
anybody has it or not, and of the kiosk. A guess is counted before it is looked at. What was refused
by a limit costs no hash; every other guess costs exactly one.
"""

import logging
import threading
from collections.abc import Callable

from facedesk.core.clock import Clock
from facedesk.core.credentials import badge_text
from facedesk.core.errors import CancelledError, FaceDeskError
from facedesk.core.facts import CredentialRefused, Fact, ProblemFound, Refusal
from facedesk.core.language import tr
from facedesk.core.records import Identification, Method, Person
from facedesk.engine.jobs import Jobs
from facedesk.store.credentials import Credentials

log = logging.getLogger(__name__)

STRANGE_BADGE_STAYS_S = 30.0  # the same strange code before a camera is refused once
_WAITING_AT_MOST = 4  # a reader gone wild, or something that pretends to be one


class Fallback:
    """Takes PINs and badges to the kiosk. Usable from any thread.

    `offer_pin` and `offer_badge` return at once: a thread of its own does the work, so that no
    import or export keeps anybody waiting. What comes of it is told as a fact.
    """

    def __init__(
        self,
        credentials: Credentials,
        check_in: Callable[[int, Identification], object],
        clock: Clock,
        tell: Callable[[Fact], None],
    ) -> None:
        self._credentials = credentials
        self._check_in = check_in
        self._clock = clock
        self._tell = tell
        self._jobs = Jobs("fallback")
        self._room = threading.Semaphore(_WAITING_AT_MOST)
        self._strange: dict[str, float] = {}  # code -> until when it is known to be strange

    def offer_pin(self, staff_number: str, pin: str) -> None:
        """Check a number and a PIN, and its person in."""
        self._later(lambda: self.try_pin(staff_number, pin))

    def offer_badge(self, code: str, source: str) -> None:
        """Check in whose badge this is. `source` is the reader's or the camera's identity."""
        self._later(lambda: self.try_badge(code, source))

    def stop(self, timeout_s: float = 3.0) -> tuple[str, ...]:
        """The names of threads that did not end."""
        return self._jobs.stop(timeout_s)

    def try_pin(self, staff_number: str, pin: str) -> Person | None:
        """As `offer_pin`, here and now: takes as long as a hash. Who it was, if anybody."""
        refusal = self._limit(staff_number)
        if refusal is not None:
            self._tell(refusal)
            return None
        self._credentials.count_failure(staff_number)
        person = self._credentials.verify(staff_number, pin)
        if person is None:
            log.info("a PIN was wrong")
            refusal = self._limit(staff_number) or self._refused(Method.PIN, Refusal.WRONG)
            if refusal.why is Refusal.LOCKED:
                self._credentials.note_locked(staff_number)
            self._tell(refusal)
            return None
        self._credentials.forgive(staff_number)
        self._enter(person, Identification(Method.PIN, tr("Staff number and PIN."), "keypad"))
        return person

    def try_badge(self, code: str, source: str) -> Person | None:
        """As `offer_badge`, here and now. Who it was, if anybody."""
        code = badge_text(code)
        now_s = self._clock.monotonic_s()
        self._strange = {text: until for text, until in self._strange.items() if until > now_s}
        if code in self._strange:
            return None
        wait_s = self._credentials.allowance(Method.BADGE).wait_s(self._clock.utc())
        if wait_s > 0:
            self._tell(self._refused(Method.BADGE, Refusal.KIOSK_PAUSED, wait_s))
            return None
        person = self._credentials.find_by_badge(code)
        if person is None:
            log.info("a badge was strange")
            self._strange[code] = now_s + STRANGE_BADGE_STAYS_S
            self._credentials.count_strange_badge()
            self._tell(self._refused(Method.BADGE, Refusal.WRONG))
            return None
        self._enter(person, Identification(Method.BADGE, tr("Badge."), source))
        return person

    def _limit(self, staff_number: str) -> CredentialRefused | None:
        """Why no guess at this number is looked at now."""
        utc = self._clock.utc()
        failures = self._credentials.failures(staff_number)
        if failures.locked:
            return self._refused(Method.PIN, Refusal.LOCKED)
        if failures.wait_s(utc) > 0:
            return self._refused(Method.PIN, Refusal.PAUSED, failures.wait_s(utc))
        wait_s = self._credentials.allowance(Method.PIN).wait_s(utc)
        return self._refused(Method.PIN, Refusal.KIOSK_PAUSED, wait_s) if wait_s > 0 else None

    def _enter(self, person: Person, how: Identification) -> None:
        try:
            self._check_in(person.id, how)
        except FaceDeskError as error:
            log.error("a punch by %s was not saved: %s", how.method, error.title)
            self._tell(ProblemFound(self._clock.utc(), error.title, error.message, error.hint))

    def _refused(self, method: Method, why: Refusal, wait_s: float = 0.0) -> CredentialRefused:
        return CredentialRefused(self._clock.utc(), method, why, wait_s)

    def _later(self, work: Callable[[], object]) -> None:
        if not self._room.acquire(blocking=False):
            log.warning("too many PINs and badges at once: one was dropped")
            return
        self._jobs.submit(lambda _progress: work(), done=self._done, failed=self._failed)

    def _done(self, _result: object) -> None:
        self._room.release()

    def _failed(self, error: Exception) -> None:
        self._room.release()
        if isinstance(error, FaceDeskError) and not isinstance(error, CancelledError):
            self._tell(ProblemFound(self._clock.utc(), error.title, error.message, error.hint))
