"""Tells other systems of punches: in order, again and again until they have it, in no one's way.

The outbox is derived from the committed log (`store/outbox.py`), so the kiosk never waits for a
network, and what could not be sent today is sent after the next start.
"""

import logging
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from facedesk.core.clock import Clock
from facedesk.core.errors import DeliveryError, FaceDeskError
from facedesk.store.outbox import Outbox, Parcel

log = logging.getLogger(__name__)

LONGEST_PAUSE_S = 900.0
# Corrections, and punches of other programs, are not announced: somebody has to look.
LOOK_AGAIN_S = 15.0


class Destination(Protocol):
    """Where parcels go. `name` stays the same over restarts."""

    name: str

    def deliver(self, parcel: Parcel) -> None:
        """Returns when the other side has it for good. Raises DeliveryError."""
        ...

    def abort(self) -> None:
        """Called from another thread: break a delivery off that is under way."""
        ...


def pause_s(failures: int) -> float:
    """How long to wait after so many failures in a row: 1, 2, 4 ... seconds, at most 15 minutes."""
    return min(2.0 ** min(failures, 30), LONGEST_PAUSE_S)


class Courier:
    """The thread `courier` serves all destinations; `step` is its whole work, once."""

    def __init__(self, outbox: Outbox, destinations: Sequence[Destination], clock: Clock) -> None:
        self._outbox = outbox
        self._destinations = destinations
        self._clock = clock
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Returns at once. With no destination there is no thread."""
        if self._destinations and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """Something was recorded; from any thread."""
        self._wake.set()

    def stop(self, timeout_s: float = 3.0) -> tuple[str, ...]:
        """Idempotent. The names of threads that did not end within the budget."""
        self._stopping.set()
        self._wake.set()
        if self._thread is None:
            return ()
        for destination in self._destinations:
            destination.abort()
        self._thread.join(timeout_s)
        return (self._thread.name,) if self._thread.is_alive() else ()

    def step(self) -> float:
        """Deliver all that is due; returns the seconds until something may be due again."""
        return min((self._serve(one) for one in self._destinations), default=LOOK_AGAIN_S)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                wait_s = self.step()
            except FaceDeskError as error:  # the database is busy or full: the kiosk tells it
                log.warning("nothing could be sent: %s", error.title)
                wait_s = LOOK_AGAIN_S
            self._wake.wait(wait_s)

    def _serve(self, destination: Destination) -> float:
        self._outbox.collect(destination.name)
        now_utc = self._clock.utc()
        line = self._outbox.line(destination.name)
        wait_s = _seconds_until(line.next_try_utc, now_utc)
        if wait_s > 0:
            return wait_s
        failures = line.failures
        while parcels := self._outbox.first_in_line(destination.name, self._clock.utc()):
            for parcel in parcels:
                if self._stopping.is_set():
                    return LOOK_AGAIN_S
                try:
                    destination.deliver(parcel)
                except DeliveryError as error:
                    if self._stopping.is_set():
                        return LOOK_AGAIN_S  # broken off by us, which is nobody's failure
                    if not error.refused:
                        return self._failed(destination, failures, error)
                    self._refused(destination, parcel, error)
                else:
                    self._outbox.delivered(parcel, destination.name)
                    failures = 0
        return LOOK_AGAIN_S

    def _failed(self, destination: Destination, failures: int, error: DeliveryError) -> float:
        wait_s = pause_s(failures)
        log.warning("%s failed %d times: %s", destination.name, failures + 1, error.message)
        self._outbox.failed(destination.name, self._in(wait_s), error.message)
        return wait_s

    def _refused(self, destination: Destination, parcel: Parcel, error: DeliveryError) -> None:
        log.warning("%s refused parcel %d: %s", destination.name, parcel.number, error.message)
        self._outbox.refused(parcel, self._in(pause_s(parcel.attempts + 4)), error.message)

    def _in(self, seconds: float) -> datetime:
        return self._clock.utc() + timedelta(seconds=seconds)


def _seconds_until(moment: datetime | None, now_utc: datetime) -> float:
    """0 when it is past, or lies further ahead than any pause: somebody set the clock back."""
    if moment is None:
        return 0.0
    seconds = (moment - now_utc).total_seconds()
    return seconds if 0 < seconds <= LONGEST_PAUSE_S else 0.0
