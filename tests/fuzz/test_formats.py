"""A hundred hostile inputs of every format, the same with each run of the suite; the long run,
which draws others each time, is `python -m tests.fuzz`.
"""

from pathlib import Path

import pytest

from facedesk.core.errors import FaceDeskError
from tests.fuzz.formats import all_formats
from tests.fuzz.harness import fuzz

NAMES = [
    "picture", "video", "model", "model card", "settings", "people list", "rows (CSV)",
    "rows (JSON)", "gallery", "gallery's inside", "export profile", "consent text", "key file",
    "working times", "backup",
]  # fmt: skip
FEW = 120
# pytest takes away what `vision.pictures` says about Pillow's warnings of odd metadata.
pytestmark = pytest.mark.filterwarnings(r"ignore::UserWarning:PIL\.")


def test_every_format_is_fuzzed(tmp_path: Path) -> None:
    assert [one.name for one in all_formats(tmp_path)] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_only_words_for_people_come_out(name: str, tmp_path: Path) -> None:
    (one,) = [one for one in all_formats(tmp_path) if one.name == name]
    count = max(8, round(FEW * min(one.share, 1.0)))
    tally = fuzz(one, count, tmp_path, always_the_same=True)
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
