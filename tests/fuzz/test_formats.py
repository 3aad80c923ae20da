"""A few hundred hostile inputs of every format with each run of the suite; the long run is
`python -m tests.fuzz`.
"""

from pathlib import Path

import pytest

from facedesk.core.errors import FaceDeskError
from tests.fuzz.formats import all_formats
from tests.fuzz.harness import fuzz

NAMES = [
    "picture", "video", "model", "model card", "settings", "people list", "rows (CSV)",
    "rows (JSON)", "gallery", "gallery's inside", "export profile", "consent text", "key file",
    "working times",
]  # fmt: skip
FEW = 120


def test_every_format_is_fuzzed(tmp_path: Path) -> None:
    assert [one.name for one in all_formats(tmp_path)] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_only_words_for_people_come_out(name: str, tmp_path: Path) -> None:
    (one,) = [one for one in all_formats(tmp_path) if one.name == name]
    tally = fuzz(one, max(8, round(FEW * min(one.share, 1.0))), tmp_path)
    assert tally.accepted + tally.refused == tally.read > 0


@pytest.mark.parametrize("name", NAMES)
def test_the_seeds_themselves_are_read(name: str, tmp_path: Path) -> None:
    """Fuzzing that never gets past the first check would find nothing."""
    (one,) = [one for one in all_formats(tmp_path) if one.name == name]
    read = 0
    for number, seed in enumerate(one.seeds):
        path = tmp_path / f"seed{number}{one.suffix}"
        path.write_bytes(seed)
        try:
            one.read(path)
            read += 1
        except FaceDeskError:
            pass
    assert read
