"""A small run of the measurement, in a program of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.model


def test_the_page_of_people_is_timed_until_it_is_painted() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "facedesk", "bench", "people", "--people", "12", "--json"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = {figure["what"]: figure for figure in json.loads(done.stdout)}
    for what in ("opening the page, the first time", "sorting by a column", "filtering",
                 "searching, each letter"):  # fmt: skip
        assert figures[what]["value"] > 0
        assert figures[what]["wanted"] == 200
