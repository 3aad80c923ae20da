"""A small run of the measurement, on real faces."""

from pathlib import Path

import pytest

from tests.commands.conftest import Run

pytestmark = [pytest.mark.model, pytest.mark.data]


def test_both_tables_are_printed_with_their_bounds(
    facedesk: Run, public_models: Path, shared_dir: Path
) -> None:
    faces = shared_dir / "data/lfw/images"
    if not faces.is_dir():
        pytest.skip("no LFW pictures on this machine")
    done = facedesk("evaluate", "enrolment", "--faces", faces, "--people", 8, "--again", 3,
                    "--pictures", 2)  # fmt: skip
    assert done.code == 0, done.err
    lines = {line.strip().split("  ")[0]: line for line in done.out.splitlines()}
    assert "2 of 2" in lines["no face"]
    assert "100.0%" in lines["two faces"]
    assert "of 3" in lines["duplicate found"]
    assert "of 3" in lines["false alarm for a stranger"]
    assert "Two people are taken for one from" in done.out
    assert facedesk("people", "--json").json == []  # nothing is saved
