"""Signs the logs once a day, with the first punch of the day and at each start."""

import logging
from datetime import date

from facedesk.core.records import Fact, PunchRecorded
from facedesk.engine.jobs import Jobs
from facedesk.store import heads
from facedesk.store.database import Database

log = logging.getLogger(__name__)


class DailySigner:
    """Works in the jobs thread, so that no punch waits for it."""

    def __init__(self, database: Database, jobs: Jobs) -> None:
        self._database = database
        self._jobs = jobs
        self._day: date | None = None

    def hear(self, fact: Fact) -> None:
        """A fact, in whatever thread."""
        if isinstance(fact, PunchRecorded) and fact.utc.date() != self._day:
            self.sign()

    def sign(self) -> None:
        """Sign what the logs hold now, soon."""
        self._day = self._database.clock.utc().date()
        self._jobs.submit(
            lambda _progress: heads.sign(self._database), done=_signed, failed=_not_signed
        )


def _signed(count: int) -> None:
    log.info("%d logs are signed for today", count)


def _not_signed(error: Exception) -> None:
    log.warning("the logs could not be signed: %s", type(error).__name__)
