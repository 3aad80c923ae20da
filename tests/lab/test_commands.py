"""The lab's commands from end to end, on a handful of made-up faces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from facedesk.lab import commands
from facedesk.lab.recipe import read_recipe
from facedesk.vision.cards import read_card
from tests.lab.test_data import shard

RECIPE = """
name = "tiny"
dimension = 16
stem = 8
steps = 3
batch = 4
bank = 4
relational_weight = 1.0
warmup_steps = 1

[[stages]]
until = 1.0
size_px = 32

[augmentation]
flip = 0.5
"""


@pytest.fixture
def material(tmp_path: Path) -> list[str]:
    """Options that point to twenty made-up faces and a teacher's vectors of them."""
    (tmp_path / "shards").mkdir()
    shard(tmp_path / "shards" / "crops_0.npz", ["", *["someone"] * 18, "Angela Merkel"])
    (tmp_path / "names.txt").write_text("Angela_Merkel\n", "utf-8")
    (tmp_path / "teacher.onnx").write_bytes(b"not asked, its vectors are there")
    (tmp_path / "cache").mkdir()
    vectors = np.random.default_rng(0).normal(size=(19, 2, 16))
    np.save(tmp_path / "cache" / "faces_teacher.npy", vectors.astype(np.float16))
    (tmp_path / "tiny.toml").write_text(RECIPE, "utf-8")
    return [
        *("--shards", str(tmp_path / "shards"), "--names", str(tmp_path / "names.txt")),
        *("--teacher", str(tmp_path / "teacher.onnx"), "--cache", str(tmp_path / "cache")),
        *("--runs", str(tmp_path / "runs")),
    ]


def test_train_then_export_gives_a_model_that_the_application_reads(
    material: list[str], tmp_path: Path
) -> None:
    recipe = str(tmp_path / "tiny.toml")
    trained = CliRunner().invoke(commands.train, [recipe, *material])
    assert trained.exit_code == 0, trained.output
    assert "step 3, 12 faces seen" in trained.output
    assert '"test": 18' in (tmp_path / "runs" / "tiny" / "run.json").read_text("utf-8")
    out = tmp_path / "tiny.onnx"
    exported = CliRunner().invoke(
        commands.export_embedder, [recipe, *material, "--size", "32", "--out", str(out)]
    )
    assert exported.exit_code == 0, exported.output
    assert "lowest cosine 1.0000" in exported.output or "0.9999" in exported.output
    card = read_card(tmp_path / "tiny.json")
    assert (card.dimension, card.input.width_px, card.size) == (16, 32, out.stat().st_size)


def test_the_shipped_recipes_can_be_read() -> None:
    folder = Path(commands.__file__).parent / "recipes"
    found = sorted(folder.glob("*.toml"))
    assert found
    for path in found:
        if "size_px" in path.read_text("utf-8"):
            recipe = read_recipe(path)
            assert recipe.name == path.stem
            assert [stage.until for stage in recipe.stages][-1] == 1.0


def test_an_unknown_recipe_or_key_is_said(material: list[str], tmp_path: Path) -> None:
    missing = CliRunner().invoke(commands.train, ["nothing", *material])
    assert missing.exit_code == 2 and "no recipe nothing" in missing.output
    (tmp_path / "slip.toml").write_text('name = "slip"\nlearning_rat = 1\n', "utf-8")
    with pytest.raises(TypeError, match="learning_rat"):
        read_recipe(tmp_path / "slip.toml")


def test_the_margin_curve_is_printed() -> None:
    printed = CliRunner().invoke(commands.evaluate, ["margins"]).output.splitlines()
    assert len(printed) == 21
    assert printed[0].split()[:2] == ["1.0", "0.200"]
