"""The guards of conftest.py fail the tests they are there to fail."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

PROJECT = Path(__file__).resolve().parents[1]
GUARDS = (PROJECT / "tests" / "conftest.py").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _project_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where FaceDesk is not installed and pytest was started in its folder."""
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))


def run(pytester: pytest.Pytester, body: str) -> pytest.RunResult:
    pytester.makeconftest(GUARDS)
    pytester.makepyfile(
        "def test_it(tmp_path):\n" + "".join(f"    {x}\n" for x in body.split("\n"))
    )
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:xdist")


def test_a_good_test_passes(pytester: pytest.Pytester) -> None:
    body = (
        "import os, threading, socket\n"
        "(tmp_path / 'x').write_text('x')\n"
        "thread = threading.Thread(target=lambda: None); thread.start()\n"
        "assert os.environ['FACEDESK_DATA'].startswith(str(tmp_path))\n"
        "assert os.environ['QT_QPA_PLATFORM']\n"
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "socket.create_connection(server.getsockname()).close(); server.close()"
    )
    run(pytester, body).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (
            "import threading\n"
            "threading.Thread(target=threading.Event().wait, daemon=True, name='stray').start()",
            "*threads left running*stray*",
        ),
        (
            "import socket\n"
            "try: socket.create_connection(('192.0.2.1', 80), timeout=0.1)\n"
            "except OSError: pass",
            "*connections to other machines*192.0.2.1*",
        ),
        (
            "try: open('/nowhere-at-all/x', 'w')\nexcept OSError: pass",
            "*written outside*nowhere-at-all*",
        ),
        (
            "import os\ntry: os.open('/nowhere-at-all/y', os.O_CREAT)\nexcept OSError: pass",
            "*written outside*nowhere-at-all*",
        ),
        (
            "import sqlite3\n"
            "try: sqlite3.connect('/nowhere-at-all/z.db')\n"
            "except sqlite3.Error: pass",
            "*written outside*nowhere-at-all*",
        ),
        (
            "import logging\n"
            "logging.getLogger('facedesk.x').error('boom', exc_info=ValueError('y'))",
            "*exceptions in the log*boom*ValueError*",
        ),
    ],
    ids=["thread", "socket", "open", "os.open", "sqlite", "bug"],
)
def test_a_guard_fails_the_test(pytester: pytest.Pytester, body: str, complaint: str) -> None:
    result = run(pytester, body)
    assert result.ret != 0
    result.stdout.fnmatch_lines([complaint])
