"""Fixtures for every room, and the guards that are always on.

A test fails when it leaves a thread running, connects to another machine, writes outside the
temporary folder, or logs an exception that nobody foresaw. The data folder of FaceDesk is a
temporary one in every test.
"""

import logging
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import facedesk.vision  # noqa: F401  (first: it imports cv2 without what that does to Qt)
from facedesk import paths
from facedesk.commands.speech import speak
from facedesk.core.errors import FaceDeskError
from facedesk.core.language import use_catalogue
from facedesk.store.database import Database
from tests.databases import opened
from tests.fakes import FakeClock

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"  # never the real one
os.environ["FACEDESK_LANGUAGE"] = "en"  # also on a developer's German machine
os.environ.setdefault("MPLCONFIGDIR", tempfile.gettempdir())  # mediapipe imports matplotlib

PROJECT = Path(__file__).resolve().parents[1]
_THREAD_GRACE_S = 2.0
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_MAY_BE_WRITTEN = ("__pycache__", ".pytest_cache", ".hypothesis", ".coverage")
_written_outside: list[str] = []
_allowed_roots: list[str] = [os.path.realpath(tempfile.gettempdir()), "/dev", "/proc"]


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        path, mode, flags = arguments
        writes = any(letter in mode for letter in "wax+") if mode else bool(flags & _WRITING)
        if not writes:
            return
    elif event == "sqlite3.connect":
        path = arguments[0]
    else:
        return
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if not isinstance(path, str | os.PathLike) or str(path).startswith((":memory:", "file:")):
        return
    real = os.path.realpath(path)
    if real.startswith(tuple(_allowed_roots)) or any(part in real for part in _MAY_BE_WRITTEN):
        return
    _written_outside.append(real)


class _Bugs(logging.Handler):
    """Keeps what is logged with a traceback."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        foreseen = error is None or isinstance(error, FaceDeskError)
        if not foreseen and record.name.startswith("facedesk"):
            self.found.append(f"{record.getMessage()} ({error!r})")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "logs_a_bug: the exception in the log is what it tests")
    base = config.getoption("basetemp")
    if base:
        _allowed_roots.append(os.path.realpath(base))
    junit = config.getoption("xmlpath", None)
    if junit:
        _allowed_roots.append(os.path.realpath(junit))
    sys.addaudithook(_audit)


def _is_outside(address: Any) -> bool:
    if not isinstance(address, tuple):
        return False  # a socket file of this machine
    host = str(address[0])
    return not (host.startswith("127.") or host in ("::1", "localhost", ""))


@pytest.fixture(autouse=True)
def _guards(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.setenv("FACEDESK_DATA", str(tmp_path / "data"))
    outside: list[str] = []
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if _is_outside(address):
            outside.append(str(address))
            raise ConnectionRefusedError(f"a test connects to {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    _written_outside.clear()
    before = set(threading.enumerate())
    bugs = _Bugs()
    logging.getLogger().addHandler(bugs)
    yield
    logging.getLogger().removeHandler(bugs)
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        if not thread.name.startswith("Dummy-"):  # a native thread that once called Python
            thread.join(_THREAD_GRACE_S)
    left_names = [
        thread.name
        for thread in left
        if thread.is_alive() and not thread.name.startswith(("Dummy-", "pytest_timeout"))
    ]
    assert not left_names, f"threads left running: {left_names}"
    if request.node.get_closest_marker("logs_a_bug") is None:
        assert not bugs.found, f"exceptions in the log: {bugs.found}"
    assert not outside, f"connections to other machines: {outside}"
    assert not _written_outside, f"written outside the temporary folder: {_written_outside}"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "facedesk.db"


@pytest.fixture
def database(path: Path, clock: FakeClock) -> Iterator[Database]:
    """An empty database with a clock that the test sets."""
    with opened(path, clock) as database:
        yield database


@pytest.fixture
def german() -> Iterator[None]:
    """The program speaks German in this test."""
    speak("de")
    yield
    use_catalogue({})


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of public models and faces beside the project; the test skips without it."""
    folder = Path(os.environ.get("FACEDESK_SHARED", PROJECT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no {folder} on this machine (public models and faces for tests)")
    return folder


@pytest.fixture(scope="session")
def models_dir(shared_dir: Path) -> Path:
    """Public weights for tests; the test skips without them."""
    folder = shared_dir / "models"
    if not folder.is_dir():
        pytest.skip(f"no {folder} on this machine (public models for tests)")
    return folder


@pytest.fixture
def public_models(models_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Public models only, installed the way a developer does: what the tests of the program find
    does not change with each training of our own.
    """
    (tmp_path / "nothing-shipped").mkdir()
    monkeypatch.setattr(paths, "shipped_models_dir", lambda: tmp_path / "nothing-shipped")
    monkeypatch.setenv("FACEDESK_MODELS", str(models_dir))
    return models_dir
