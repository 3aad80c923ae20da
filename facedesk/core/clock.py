"""Time as something that is passed in: UTC wall time for records, monotonic seconds for
intervals.
"""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the rooms above need to know about time. Tests pass `tests.fakes.FakeClock`."""

    def utc(self) -> datetime:
        """Wall time, timezone-aware, in UTC. May jump when the computer's clock is set."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that never go back; only differences mean anything."""
        ...


# A computer that sleeps does not stop time: the clocks of Linux and macOS that go on. Windows
# has no choice, and its only one goes on.
_GOES_ON = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


class SystemClock:
    """The computer's own clock. Its monotonic seconds go on while the computer sleeps."""

    def utc(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic() if _GOES_ON is None else time.clock_gettime(_GOES_ON)
