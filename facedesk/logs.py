"""The log: a rotating file without personal data, and what nobody caught.

Lines hold ids and counts by convention. As a second line of defence everything that is written,
also tracebacks and lines of libraries, loses what looks like a personal field or like a vector.
"""

import logging
import re
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from facedesk.core.errors import StoreError
from facedesk.core.language import tr

_log = logging.getLogger(__name__)

FILE_NAME = "facedesk.log"
_FILE_BYTES = 1_000_000
_FILES_KEPT = 5

Post = Callable[[BaseException], None]
"""Told of an exception that nobody caught, in the thread where it happened; must be quick."""

_PERSONAL_FIELD = re.compile(
    r"""(?P<label>\b(?:name|staff_number|department|notes)["']?\s*[=:]\s*)"""
    r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^,;)}\]\n]+)"""
)
_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
# A box has four numbers; six are what numpy leaves of a long vector that it shortens.
_VECTOR = re.compile(rf"{_NUMBER}(?:[,\s]+(?:\.\.\.[,\s]+)?{_NUMBER}){{5,}}")
_LONG_BYTES = re.compile(r"""\bb(?:'(?:[^'\\]|\\.){32,}'|"(?:[^"\\]|\\.){32,}")""")


def redacted(text: str) -> str:
    """`text` without values of personal fields, vectors and encoded pictures."""
    text = _PERSONAL_FIELD.sub(r"\g<label><hidden>", text)
    text = _LONG_BYTES.sub("<bytes>", text)
    return _VECTOR.sub("<numbers>", text)


class _Redacting(logging.Formatter):
    """Redaction happens on the finished text, so that arguments and tracebacks are covered too."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


class _File(RotatingFileHandler):
    """A disk that takes no more costs lines, never the work that wrote them."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is Python's
        if not isinstance(sys.exception(), OSError):
            super().handleError(record)

    def close(self) -> None:
        with suppress(OSError):
            super().close()


class Logs:
    """What `setup` has set up; `close()` takes it away again."""

    def __init__(self, file: Path, handlers: list[logging.Handler], post: Post | None):
        self.file = file
        self._handlers = handlers
        self._post = post
        self._old_excepthook = sys.excepthook
        self._old_threading_excepthook = threading.excepthook

    def install_hooks(self) -> None:
        """From now on, exceptions that nobody catches are logged and posted, in any thread."""
        sys.excepthook = self._main_hook
        threading.excepthook = self._thread_hook

    def uninstall_hooks(self) -> None:
        """Put the former hooks back, unless somebody else has hooked in since."""
        if sys.excepthook == self._main_hook:
            sys.excepthook = self._old_excepthook
        if threading.excepthook == self._thread_hook:
            threading.excepthook = self._old_threading_excepthook

    def close(self) -> None:
        """Uninstall the hooks, close the file and remove the handlers. Idempotent."""
        self.uninstall_hooks()
        for handler in self._handlers:
            logging.getLogger().removeHandler(handler)
            handler.close()
        self._handlers = []
        logging.getLogger("facedesk").setLevel(logging.NOTSET)

    def _main_hook(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            self._old_excepthook(kind, error, trace)
            return
        self._tell(error)

    def _thread_hook(self, arguments: threading.ExceptHookArgs) -> None:
        if isinstance(arguments.exc_value, Exception):
            self._tell(arguments.exc_value)

    def _tell(self, error: BaseException) -> None:
        _log.critical("uncaught in thread %s", threading.current_thread().name, exc_info=error)
        if self._post is not None:
            try:
                self._post(error)
            except Exception:
                _log.exception("the uncaught exception could not be shown")


def setup(logs_dir: Path, *, verbose: bool = False, post: Post | None = None) -> Logs:
    """Log into `logs_dir`; `verbose` adds details and copies lines to stderr.

    Raises StoreError when the folder cannot be written. The hooks are not installed yet.
    """
    file = logs_dir / FILE_NAME
    try:
        logs_dir.mkdir(parents=True, exist_ok=True)
        to_file = _File(file, maxBytes=_FILE_BYTES, backupCount=_FILES_KEPT, encoding="utf-8")
    except OSError as error:
        raise StoreError(
            tr("The log cannot be written"),
            f"{file}: {error.strerror or error}",
            tr("Give this account write access to the folder, or choose another data folder."),
        ) from error
    line = _Redacting("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s",
                      "%Y-%m-%dT%H:%M:%S")  # fmt: skip
    handlers: list[logging.Handler] = [to_file]
    to_file.setFormatter(line)
    if verbose and sys.stderr is not None:  # a windowed program has no stderr
        to_stderr = logging.StreamHandler()
        to_stderr.setFormatter(line)
        handlers.append(to_stderr)
    for handler in handlers:
        logging.getLogger().addHandler(handler)
    logging.getLogger("facedesk").setLevel(logging.DEBUG if verbose else logging.INFO)
    return Logs(file, handlers, post)
