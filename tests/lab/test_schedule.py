"""Learning rates at places worked out by hand, and when a run stops."""

from __future__ import annotations

from pathlib import Path

import pytest

from facedesk.lab.recipe import Recipe, read_recipe
from facedesk.lab.schedule import EarlyStop, learning_rate


def recipe(**changes: object) -> Recipe:
    values: dict[str, object] = {
        "name": "test",
        "learning_rate": 1.0,
        "final_learning_rate": 0.01,
        "warmup_steps": 2,
    }
    return Recipe(**{**values, **changes})  # type: ignore[arg-type]


def test_it_warms_up_over_steps() -> None:
    assert learning_rate(recipe(), 0, 0.0) == pytest.approx(0.5)
    assert learning_rate(recipe(), 1, 0.0) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("decay", "expected"),
    [("cosine", (1.0, 0.505, 0.01)), ("exponential", (1.0, 0.1, 0.01)), ("step", (1.0, 0.1, 0.01))],
)
def test_it_falls_as_the_recipe_has_it(decay: str, expected: tuple[float, ...]) -> None:
    chosen = recipe(decay=decay, decay_at=(0.4, 0.8))
    found = [learning_rate(chosen, 100, progress) for progress in (0.0, 0.5, 1.0)]
    assert found == pytest.approx(expected)


def test_the_patience_is_counted_from_the_last_gain() -> None:
    stop = EarlyStop(patience=2)
    assert [stop.observe(score) for score in (0.1, 0.1, 0.2, 0.2, 0.15)] == [
        False, False, False, False, True,
    ]  # fmt: skip
    assert not any(EarlyStop(patience=0).observe(0.0) for _ in range(100))


def test_a_recipe_with_an_unknown_decay_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text('name = "a"\ndecay = "sudden"\n', "utf-8")
    with pytest.raises(ValueError, match="decay is one of"):
        read_recipe(file)
