"""A small run of the measurement: three people, one program killed, each in its own process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.model, pytest.mark.data]


def test_an_import_that_was_killed_gives_the_same_gallery(shared_dir: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "facedesk", "bench", "import", "--people", "3", "--kills", "1",
         "--faces", str(shared_dir / "data" / "lfw" / "images"), "--json"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    figures = {figure["what"]: figure["value"] for figure in json.loads(done.stdout)}
    assert figures["people without a usable picture"] < 3
    assert figures["enrolled by a second run"] == 0
    assert figures["samples that differ after kills"] == 0
