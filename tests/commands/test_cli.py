"""The command line itself: help, errors in words, exit codes, what works without any model."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from facedesk import __version__, cli, paths
from facedesk.commands import kiosk
from facedesk.core.clock import SystemClock
from facedesk.store.database import Database
from facedesk.store.lock import InstanceLock
from tests.commands.conftest import Run


@pytest.fixture(autouse=True)
def _no_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FACEDESK_MODELS", raising=False)
    (tmp_path / "none").mkdir()
    monkeypatch.setattr(paths, "shipped_models_dir", lambda: tmp_path / "none")


def test_help_names_every_command(facedesk: Run) -> None:
    result = facedesk("--help")
    assert result.code == 0
    for name in ("run", "demo", "watch", "enroll", "identify", "people", "export", "models",
                 "doctor", "bench", "evaluate", "train"):  # fmt: skip
        assert f"\n  {name} " in result.out


@pytest.mark.parametrize(
    "command", ["run", "demo", "watch", "enroll", "identify", "people", "export", "models",
                "doctor", "bench"],
)  # fmt: skip
def test_help_of_each_command(facedesk: Run, command: str) -> None:
    result = facedesk(command, "--help")
    assert result.code == 0
    assert "Usage: facedesk" in result.out


def test_help_loads_no_heavy_room() -> None:
    """`facedesk --help` must be instant: neither Qt nor OpenCV nor onnxruntime is imported."""
    code = (
        "import sys\n"
        "from facedesk import cli\n"
        "try:\n cli.main(['--help'])\nexcept SystemExit:\n pass\n"
        "print([m for m in ('cv2', 'onnxruntime', 'PySide6', 'torch', 'mediapipe', 'sqlite3')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_application_never_loads_the_lab_or_torch() -> None:
    code = (
        "import sys\n"
        "import facedesk.app, facedesk.gui.main_window, facedesk.commands.kiosk\n"
        "import facedesk.commands.doctor, facedesk.commands.faces\n"
        "print([m for m in sys.modules if m == 'torch' or m.startswith('facedesk.lab')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_version(facedesk: Run) -> None:
    assert facedesk("--version").out.strip().endswith(__version__)


def test_unknown_command_is_wrong_usage(facedesk: Run) -> None:
    result = facedesk("sing")
    assert (result.code, "No such command" in result.err) == (2, True)


def test_missing_model_says_how_to_install_one(facedesk: Run, tmp_path: Path) -> None:
    result = facedesk("identify", tmp_path / "x.jpg")
    assert result.code == 1
    assert "A model is missing" in result.err
    assert "facedesk models install" in result.err


def test_data_folder_that_is_a_file(facedesk: Run, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    result = facedesk("people")
    assert result.code in (1, 2)
    assert result.err
    assert (tmp_path / "data").read_text() == "not a folder"


def test_corrupt_database_is_told_and_kept(facedesk: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "facedesk.db"
    path.write_bytes(b"this is no database" * 100)
    result = facedesk("people")
    assert result.code == 1
    assert "database" in result.err.casefold()
    assert path.read_bytes() == b"this is no database" * 100


def test_database_of_a_newer_version_is_refused(facedesk: Run, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    database = Database.open(data / "facedesk.db", clock=SystemClock())
    with database.transaction() as connection:
        connection.execute("PRAGMA user_version = 999")
    database.close()
    result = facedesk("people")
    assert result.code == 1
    assert "newer" in result.err


def test_second_instance_is_refused(facedesk: Run, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    lock = InstanceLock(data / "facedesk.lock")
    try:
        result = facedesk("watch", "--headless", "--source", tmp_path, "--for", "1")
    finally:
        lock.release()
    assert result.code == 1
    assert "already" in result.err.casefold()


def test_bad_settings_file_is_told(facedesk: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "settings.json").write_text("{")
    result = facedesk("people")
    assert result.code == 1
    assert "settings" in result.err
    (tmp_path / "data" / "settings.json").write_text('{"cooldown_s": "many"}')
    result = facedesk("people")
    assert result.code == 1
    told = "settings.json: cooldown_s: Pause between punches must be a whole number."
    assert told in result.err
    assert "move it away" in result.err


def test_nobody_is_asked_about_a_person_who_is_not_there(facedesk: Run) -> None:
    result = facedesk("people", "remove", 999)
    assert (result.code, result.out) == (1, "")
    assert "999" in result.err


def test_a_worker_that_hangs_in_a_driver_does_not_abort_the_exit(
    facedesk: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[int] = []
    monkeypatch.setattr("os._exit", left.append)
    released = threading.Event()
    worker = threading.Thread(target=released.wait, name="capture", daemon=True)
    worker.start()
    facedesk("people")
    released.set()
    worker.join()
    assert left == [0]
    facedesk("people")
    assert left == [0]


def test_people_of_an_empty_database(facedesk: Run) -> None:
    assert facedesk("people", "--json").json == []
    assert facedesk("people").out == "Nobody is enrolled yet.\n"
    assert facedesk("people", "--search", "zoë").out == "Nobody matches “zoë”.\n"
    assert facedesk("today").out == "Nobody is enrolled yet.\n"
    assert facedesk("report").out == "Nobody has hours to report.\n"
    assert facedesk("outbox", "send").out.startswith("Nobody is told")


def test_what_is_not_there_is_not_forgotten(facedesk: Run) -> None:
    result = facedesk("people", "forget-mistake", "3")
    assert (result.code, "There is no mistake 3" in result.err) == (1, True)


@pytest.mark.parametrize("command", ["export", "report"])
def test_a_file_is_what_its_name_says(facedesk: Run, tmp_path: Path, command: str) -> None:
    assert facedesk(command, tmp_path / "day.XLSX").code == 0
    assert (tmp_path / "day.XLSX").read_bytes().startswith(b"PK")
    assert facedesk(command, tmp_path / "day.json").code == 0
    assert json.loads((tmp_path / "day.json").read_text(encoding="utf-8")) == []
    result = facedesk(command, tmp_path / "day.docx")
    assert (result.code, "Say --format" in result.err) == (2, True)
    assert facedesk(command, "--format", "csv", tmp_path / "day.txt").code == 0


def test_no_display_is_no_window(
    facedesk: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Qt would abort the process."""
    monkeypatch.setattr(kiosk, "_has_display", lambda: False)
    monkeypatch.setattr(kiosk, "_open_window", lambda *_, **__: pytest.fail("a window"))
    result = facedesk("watch", "--source", tmp_path / "no.avi", "--for", "1")
    assert (result.code, "no.avi" in result.err) == (1, True)


def test_export_of_an_empty_day(facedesk: Run, tmp_path: Path) -> None:
    assert facedesk("export", "--format", "json").json == []
    result = facedesk("export", "--from", "2026-03-02", "--to", "2026-03-01")
    assert (result.code, "No days" in result.err) == (1, True)
    result = facedesk("export", "--from", "tomorrow")
    assert (result.code, "“tomorrow” is no day; write it as 2026-03-31." in result.err) == (2, True)
    assert facedesk("export", tmp_path / "day.csv").code == 0
    assert (tmp_path / "day.csv").read_bytes().startswith(b"\xef\xbb\xbfpunch_id,")


def test_doctor_names_what_is_missing_and_fails(facedesk: Run) -> None:
    result = facedesk("doctor", "--json")
    assert result.code == 1
    report = result.json
    assert report["ok"] is False
    bad = {finding["topic"] for finding in report["findings"] if finding["ok"] is False}
    assert {"detect", "embed"} <= bad
    assert all(set(finding) == {"topic", "ok", "text", "hint"} for finding in report["findings"])


def test_doctor_only_looks(facedesk: Run, tmp_path: Path) -> None:
    assert "none yet; it is made at the first start" in facedesk("doctor").out
    assert not (tmp_path / "data" / "facedesk.db").exists()


def test_doctor_says_a_trouble_once(facedesk: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "settings.json").write_text("{")
    out = facedesk("doctor").out
    assert out.count("The settings cannot be read") == 1
    assert "not checked, for what settings says" in out


def test_models_list_and_verify_without_any(facedesk: Run) -> None:
    assert facedesk("models", "list", "--json").json == []
    assert facedesk("models", "verify").code == 0


def test_install_of_something_that_is_no_model(facedesk: Run, tmp_path: Path) -> None:
    bad = tmp_path / "model.onnx"
    bad.write_bytes(b"nonsense")
    result = facedesk("models", "install", bad)
    assert result.code == 1
    assert "card" in result.err
    assert not list((tmp_path / "data" / "models").glob("*"))


def test_source_that_does_not_exist(facedesk: Run, tmp_path: Path) -> None:
    result = facedesk("watch", "--headless", "--source", tmp_path / "no.avi", "--for", "1")
    assert result.code == 1
    assert "no.avi" in result.err


def test_program_runs_as_a_module(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "facedesk", "--data-dir", tmp_path / "d", "people", "--json"],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(cli.__file__).parents[1])},
    )
    assert (done.returncode, json.loads(done.stdout), done.stderr) == (0, [], "")


def test_window_program_is_run_with_its_options_in_place() -> None:
    assert cli._as_run([]) == ["run"]
    assert cli._as_run(["--source", "demo"]) == ["run", "--source", "demo"]
    assert cli._as_run(["--data-dir", "d", "--verbose", "--fullscreen"]) == [
        "--data-dir", "d", "--verbose", "run", "--fullscreen",
    ]  # fmt: skip
    assert cli._as_run(["--data-dir=d"]) == ["--data-dir=d", "run"]
