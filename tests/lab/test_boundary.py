"""The application never loads the lab, nor PyTorch."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["facedesk.cli", "facedesk.vision.embed", "facedesk.app"])
def test_the_application_starts_without_the_lab(module: str) -> None:
    code = (
        f"import sys, {module}; "
        "loaded = [m for m in sys.modules if m.split('.')[0] == 'torch' "
        "or m.startswith('facedesk.lab')]; sys.exit(', '.join(loaded) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_evaluation_commands_are_listed_without_pytorch() -> None:
    code = "import sys, facedesk.lab.commands; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
