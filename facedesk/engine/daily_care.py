"""What is done once a day: the logs are signed, old merges become final, and what is due is erased
where that is wanted.
"""

import logging
from collections.abc import Callable
from datetime import date

from facedesk.core.facts import Fact, PunchRecorded
from facedesk.core.retention import Limits
from facedesk.engine.jobs import Jobs, Progress
from facedesk.settings import Settings
from facedesk.store import heads
from facedesk.store.database import Database
from facedesk.store.merges import forget_merged
from facedesk.store.retention import Retention

log = logging.getLogger(__name__)

BY_ITSELF = "FaceDesk"  # who erased, in receipts, where nobody pressed a button


def limits_of(settings: Settings) -> Limits:
    """How long each kind of data is kept."""
    return Limits(
        settings.keep_leavers_days,
        settings.keep_pictures_days,
        settings.keep_punches_days,
        settings.keep_audit_days,
    )


class DailyCare:
    """Begins with each start and with the first punch of a day (UTC); works in the jobs thread, so
    that no punch waits for it.
    """

    def __init__(self, database: Database, jobs: Jobs, settings: Callable[[], Settings]) -> None:
        self._database = database
        self._jobs = jobs
        self._settings = settings
        self._day: date | None = None

    def hear(self, fact: Fact) -> None:
        """A fact, in whatever thread."""
        if isinstance(fact, PunchRecorded) and fact.utc.date() != self._day:
            self.begin()

    def begin(self) -> None:
        """Do what is to be done today, soon."""
        self._day = self._database.clock.utc().date()
        self._jobs.submit(self._care, done=_done, failed=_failed)

    def _care(self, progress: Progress) -> int:
        settings = self._settings()
        forget_merged(self._database)
        if settings.erase_by_itself:
            Retention(self._database).erase(limits_of(settings), BY_ITSELF, progress)
        return heads.sign(self._database)


def _done(count: int) -> None:
    log.info("%d logs are signed for today", count)


def _failed(error: Exception) -> None:
    log.warning("the day's care failed: %s", type(error).__name__)
