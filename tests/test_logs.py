"""The log: complete for support, empty of people, and there when nobody catches."""

import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from facedesk.core.errors import StoreError
from facedesk.core.records import Person, Sample
from facedesk.logs import Logs, redacted, setup

pytestmark = pytest.mark.logs_a_bug
log = logging.getLogger("facedesk.test")


@pytest.fixture
def posted() -> list[BaseException]:
    return []


@pytest.fixture
def logs(tmp_path: Path, posted: list[BaseException]) -> Iterator[Logs]:
    opened = setup(tmp_path / "logs", post=posted.append)
    yield opened
    opened.close()


def written(logs: Logs) -> str:
    return logs.file.read_text(encoding="utf-8")


def test_a_line_says_when_how_grave_and_where(logs: Logs) -> None:
    log.info("person %d was enrolled with %d samples", 12, 3)
    log.debug("not told unless verbose")
    assert written(logs).count("\n") == 1
    assert written(logs).endswith("Z INFO facedesk.test: person 12 was enrolled with 3 samples\n")


def test_verbose_tells_more_and_tells_it_on_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = setup(tmp_path, verbose=True)
    try:
        log.debug("a detail")
    finally:
        logs.close()
    assert "a detail" in capsys.readouterr().err
    assert "a detail" in written(logs)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_disk_costs_lines_not_the_work_that_wrote_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "facedesk.log").symlink_to("/dev/full")
    logs = setup(tmp_path)
    log.warning("one")
    log.warning("two")
    logs.close()
    assert capsys.readouterr().err == ""


def test_libraries_are_heard_from_warning_on(logs: Logs) -> None:
    logging.getLogger("some.library").info("chatter")
    logging.getLogger("some.library").warning("trouble")
    assert written(logs).endswith("Z WARNING some.library: trouble\n")
    assert "chatter" not in written(logs)


VECTOR = (np.arange(512, dtype=np.float32) + 1) / 1000


@pytest.mark.parametrize(
    "message",
    [
        Person(1, "Ada Lovelace", "SECRET-17", "Analysis", "diabetic"),
        Sample(1, 1, "c", VECTOR, "camera", b"\xff\xd8\xff secret picture" * 10),
        {"name": "Ada Lovelace", "id": 1},
        '{"name": "Ada \\"Lovelace\\"", "id": 1}',
        "saved name=Ada Lovelace, id=1",
        f"vector {VECTOR}",
        f"vector {VECTOR.tolist()}",
        f"vector {np.array2string(VECTOR, threshold=10)}",
    ],
    ids=lambda message: type(message).__name__,
)
def test_no_name_vector_or_picture_is_written(logs: Logs, message: object) -> None:
    log.info("%s", message)
    try:
        raise ValueError(message)
    except ValueError:
        log.exception("failed")
    for secret in ("Lovelace", "SECRET", "Analysis", "diabetic", "secret picture", "0.003"):
        assert secret not in written(logs)


@pytest.mark.parametrize(
    "text",
    [
        "camera opened at 1280x720, 30 fps",
        "box 12.5, 30.1, 112.0, 140.2 score 0.98",
        "2026-03-02 08:00:00,123 person 4: best 0.71, runner-up 0.12, threshold 0.42",
        "NameError: name 'frame' is not defined",
        "file /data/facedesk.db",
    ],
)
def test_what_support_needs_stays(text: str) -> None:
    assert redacted(text) == text


def test_the_file_rotates(logs: Logs) -> None:
    for number in range(2500):
        log.info("%d %s", number, "x" * 500)
    assert " 2499 " in written(logs).splitlines()[-1]
    files = sorted(file.name for file in logs.file.parent.iterdir())
    assert files == ["facedesk.log", "facedesk.log.1"]


def test_an_uncaught_exception_of_a_thread_is_logged_and_posted(
    logs: Logs, posted: list[BaseException]
) -> None:
    logs.install_hooks()
    error = RuntimeError("broken")

    def work() -> None:
        raise error

    thread = threading.Thread(target=work, name="capture")
    thread.start()
    thread.join()
    assert posted == [error]
    assert "uncaught in thread capture" in written(logs)
    assert "RuntimeError: broken" in written(logs)


def test_an_uncaught_exception_of_the_main_thread_is_logged_and_posted(
    logs: Logs, posted: list[BaseException]
) -> None:
    logs.install_hooks()
    error = RuntimeError("broken")
    sys.excepthook(RuntimeError, error, None)
    assert posted == [error]
    assert "RuntimeError: broken" in written(logs)


def test_control_c_is_not_an_error(
    logs: Logs, posted: list[BaseException], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: seen.append(error))
    inner = setup(tmp_path / "other", post=posted.append)
    inner.install_hooks()
    stop = KeyboardInterrupt()
    sys.excepthook(KeyboardInterrupt, stop, None)
    inner.close()
    assert (seen, posted) == ([stop], [])


def test_a_dialog_that_fails_is_only_logged(tmp_path: Path) -> None:
    def fail(error: BaseException) -> None:
        raise OSError("no window")

    logs = setup(tmp_path, post=fail)
    logs.install_hooks()
    sys.excepthook(RuntimeError, RuntimeError("broken"), None)
    logs.close()
    assert "could not be shown" in written(logs)


def test_hooks_are_put_back_but_never_somebody_elses(logs: Logs) -> None:
    before = (sys.excepthook, threading.excepthook)
    logs.install_hooks()
    assert sys.excepthook != before[0]
    logs.uninstall_hooks()
    assert (sys.excepthook, threading.excepthook) == before

    logs.install_hooks()
    other = sys.__excepthook__
    sys.excepthook = other
    logs.close()
    assert sys.excepthook is other
    sys.excepthook = before[0]


def test_closing_leaves_no_handler_behind(tmp_path: Path) -> None:
    before = list(logging.getLogger().handlers)
    logs = setup(tmp_path)
    logs.close()
    logs.close()
    assert logging.getLogger().handlers == before


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file")
    with pytest.raises(StoreError) as caught:
        setup(tmp_path / "logs")
    assert caught.value.hint
