"""The story of the first day on the models that ship, on any machine: no ../shared is needed."""

import csv
from pathlib import Path

import pytest

from facedesk.paths import shipped_models_dir
from facedesk.vision.catalog import MODEL_SUFFIXES
from facedesk.vision.demo import DEMO_PERSON
from tests.commands.conftest import Run, facedesk  # noqa: F401  (a fixture)

pytestmark = pytest.mark.model


@pytest.fixture(autouse=True)
def _shipped_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FACEDESK_MODELS", raising=False)
    if not any(path.suffix in MODEL_SUFFIXES for path in shipped_models_dir().iterdir()):
        pytest.skip("no model ships with this tree yet")


def test_demonstration_checks_a_person_in_once_and_refuses_the_stranger(
    facedesk: Run,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo").mkdir()  # a folder of this name is not what is meant
    result = facedesk("demo", "--headless")
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert f"enrolled {DEMO_PERSON} with 3 pictures" in lines
    told = [line for line in lines if line.startswith(("recognised", "stranger"))]
    assert len(told) == 3
    assert told[0].startswith(f"recognised {DEMO_PERSON}")
    assert "checked in" in told[0]
    assert told[1].startswith("stranger refused")
    assert "already in" in told[2]
    assert any(
        line.startswith("stopped cleanly: 756 frames read, 756 recognised") for line in lines
    )
    exported = Path(lines[-1].removeprefix("Exported day: "))
    rows = list(csv.DictReader(exported.read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["name"], row["direction"]) for row in rows] == [(DEMO_PERSON, "in")]


def test_shipped_models_are_whole_and_small(facedesk: Run) -> None:  # noqa: F811
    assert facedesk("models", "verify").code == 0
    cards = facedesk("models", "list", "--json").json
    assert {"detect", "embed"} <= {card["task"] for card in cards}
    assert sum(card["size"] for card in cards) < 12e6
