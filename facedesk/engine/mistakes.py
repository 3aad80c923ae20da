"""What "not me" teaches: the face is remembered as not this person, for as long as is set."""

import logging
from collections.abc import Callable

from facedesk.core.records import Probe
from facedesk.store.negatives import StoredNegatives

log = logging.getLogger(__name__)


class MistakeMemory:
    """Remembers for the kiosk (its `Mistakes`). Usable from any thread."""

    def __init__(self, negatives: StoredNegatives, days: Callable[[], int]) -> None:
        self._negatives = negatives
        self._days = days

    def remember(self, person_id: int, probe: Probe, punch_id: int | None) -> None:
        """The face of `probe` is NOT this person's. Raises StoreError; nothing where the setting
        is 0 days.
        """
        days = self._days()
        if days:
            kept = self._negatives.add(person_id, probe.contract, probe.vector, days, punch_id)
            log.info("mistake %d remembered: a face that is not person %d", kept.id, person_id)
