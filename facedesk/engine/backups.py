"""Backups by the clock, and the end of a change of keys that was interrupted."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from facedesk.core.errors import CancelledError, FaceDeskError
from facedesk.core.facts import Fact, ProblemFound
from facedesk.engine.jobs import Jobs, Progress
from facedesk.settings import Settings
from facedesk.store import backups, rotation
from facedesk.store.backups import Backup
from facedesk.store.database import Database

log = logging.getLogger(__name__)

FIRST_LOOK_S = 120.0  # a kiosk that starts has better things to do
_LOOK_AGAIN_S = 3600.0  # also when nothing is due, because clocks are set
_AHEAD = timedelta(hours=1)  # a backup from the future: the clock was wrong then, or is now


class ScheduledBackups:
    """Makes a backup whenever the settings' hours are over. Works in the jobs thread, waits in one
    of its own.
    """

    def __init__(
        self,
        database: Database,
        jobs: Jobs,
        settings: Callable[[], Settings],
        tell: Callable[[Fact], None],
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._settings = settings
        self._tell = tell
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._tried_s: float | None = None

    @property
    def folder(self) -> Path:
        chosen = self._settings().backup_folder
        return Path(chosen).expanduser() if chosen else self._database.backups

    def start(self) -> None:
        """Idempotent."""
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(target=self._wait, name="backups", daemon=True)
            self._thread.start()

    def stop(self, timeout_s: float = 3.0) -> tuple[str, ...]:
        """Idempotent. The names of threads that did not end within the budget."""
        thread, self._thread = self._thread, None
        if thread is None:
            return ()
        self._stopping.set()
        thread.join(timeout_s)
        return (thread.name,) if thread.is_alive() else ()

    def due(self) -> bool:
        """Whether a backup is to be made now. One that failed is tried again after an hour."""
        every_h = self._settings().backup_every_h
        clock = self._database.clock
        if not every_h:
            return False
        if self._tried_s is not None and clock.monotonic_s() - self._tried_s < _LOOK_AGAIN_S:
            return False
        made = backups.listed(self.folder, self._database.path.stem)
        now_utc = clock.utc()
        known = [backup.made_utc for backup in made if backup.made_utc <= now_utc + _AHEAD]
        return not known or now_utc - max(known) >= timedelta(hours=every_h)

    def make(self, _: Progress) -> Backup:
        """The jobs thread's part. Raises StoreError."""
        self._tried_s = self._database.clock.monotonic_s()
        return backups.make(self._database, self.folder, self._settings().backups_kept)

    def _wait(self) -> None:
        pause_s = FIRST_LOOK_S
        self._jobs.submit(
            self._tidy,
            done=lambda count: log.info("%d half-made copies removed", count),
            failed=self._failed,
        )
        while not self._stopping.wait(pause_s):
            pause_s = _LOOK_AGAIN_S
            if self.due():
                self._jobs.submit(
                    self.make,
                    done=lambda backup: log.info("backup of %d bytes made", backup.size_bytes),
                    failed=self._failed,
                )

    def _tidy(self, progress: Progress) -> int:
        """What a program that was killed began; the number of half-made copies."""
        if rotation.pending(self._database):
            rotation.run(self._database, progress)
        return backups.sweep(self._database.path, self.folder)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, FaceDeskError) and not isinstance(error, CancelledError):
            utc = self._database.clock.utc()
            self._tell(ProblemFound(utc, error.title, error.message, error.hint))
