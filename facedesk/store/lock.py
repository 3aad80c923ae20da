"""One FaceDesk a data folder: two kiosks on one database would greet and punch everybody twice."""

import os
import sys
from pathlib import Path
from types import TracebackType

from facedesk.core.errors import AlreadyRunningError
from facedesk.core.language import tr
from facedesk.store.troubles import writing

if sys.platform == "win32":
    import msvcrt

    _LOCKED_BYTE = 1 << 30  # far behind the text, which therefore stays readable for others

    def _take(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class InstanceLock:
    """Held from construction to `release()`; the system releases it when the process dies.

    The file stays behind on purpose: removing it would let two processes lock two different files.
    Raises AlreadyRunningError when another process holds it, StoreError when the file cannot be
    written.
    """

    def __init__(self, path: Path) -> None:
        with writing(path):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _take(descriptor)
        except OSError as error:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise AlreadyRunningError(
                tr("FaceDesk is already running"),
                tr(
                    "Another FaceDesk (process {number}) works in {folder}.",
                    number=holder or "?",
                    folder=path.parent,
                ),
                tr("Use its window, close it, or start this one with another data folder."),
            ) from error
        with writing(path):
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode("ascii"))
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Let another instance start. Idempotent."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> "InstanceLock":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
