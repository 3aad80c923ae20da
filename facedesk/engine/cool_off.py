"""Whose face is not accepted for a while, after too many refused tries with it."""

import math
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Record:
    """The refusals of one name."""

    times_s: list[float] = field(default_factory=list)
    closed_until_s: float = -math.inf


class CoolOff:
    """`failures` refusals of one name within `cool_off_s` close its face for as long.

    Times are monotonic seconds.
    """

    def __init__(self, failures: int, cool_off_s: float) -> None:
        self._failures = failures
        self._cool_off_s = cool_off_s
        self._records: dict[int, _Record] = {}

    def count(self, person_id: int, now_s: float) -> float:
        """One more refusal of that name; for how long its face rests now, 0 for not at all."""
        record = self._records.setdefault(person_id, _Record())
        record.times_s = [at for at in record.times_s if now_s - at <= self._cool_off_s]
        record.times_s.append(now_s)
        if len(record.times_s) < self._failures:
            return 0.0
        record.closed_until_s = now_s + self._cool_off_s
        record.times_s.clear()
        return self._cool_off_s

    def closed(self, person_id: int, now_s: float) -> bool:
        """Whether that face rests."""
        record = self._records.get(person_id)
        return record is not None and now_s < record.closed_until_s
