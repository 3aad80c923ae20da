"""A recipe: everything that decides a training run, read from one TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from facedesk.lab.augment import Augmentation

DECAYS = ("cosine", "exponential", "step")
OPTIMISERS = ("adamw", "muon")


@dataclass(frozen=True, slots=True)
class Stage:
    """Train at ``size_px`` until this share of the run is over."""

    until: float
    size_px: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """One distillation run of a MobileFaceNet.

    The run is over after ``steps``, or, where that is 0, at the deadline given on the command line:
    progress then follows the clock, and a resumed run goes on from its stored progress. ``batch``
    is shared by all processes; ``loaders`` are threads that prepare views (0: none, right for few
    cores); ``device`` is "auto", "cpu" or "cuda". Every ``validate_every`` steps (0: never) the
    averaged network is judged on the faces held out, and ``patience`` judgements in a row without
    a gain end the run (0: never). ``decay_at``: shares of the run at which a "step" decay falls.
    """

    name: str
    dimension: int = 256
    stem: int = 64
    sources: tuple[str, ...] = ()
    seed: int = 1
    steps: int = 0
    batch: int = 64
    optimiser: Literal["adamw", "muon"] = "adamw"
    learning_rate: float = 3e-3
    final_learning_rate: float = 0.01
    weight_decay: float = 0.05
    warmup_steps: int = 200
    decay: Literal["cosine", "exponential", "step"] = "cosine"
    decay_at: tuple[float, ...] = ()
    ema_decay: float = 0.996
    cosine_weight: float = 1.0
    relational_weight: float = 0.0
    relational_scale: float = 24.0
    bank: int = 4096
    bfloat16_from_px: int = 100
    checkpoint_s: float = 150.0
    validate_every: int = 0
    patience: int = 0
    device: str = "auto"
    loaders: int = 0
    stages: tuple[Stage, ...] = (Stage(1.0, 112),)
    augmentation: Augmentation = field(default_factory=Augmentation)

    def size_px(self, progress: float) -> int:
        """Side of the views at this share of the run, 0 to 1."""
        for stage in self.stages:
            if progress < stage.until:
                return stage.size_px
        return self.stages[-1].size_px


def read_recipe(path: Path) -> Recipe:
    """Read a recipe; an unknown key is an error, so that a slip of the pen is not a default."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    stages = tuple(Stage(**stage) for stage in table.pop("stages", []))
    augmentation = table.pop("augmentation", {})
    if "low_resolution_px" in augmentation:
        augmentation["low_resolution_px"] = tuple(augmentation["low_resolution_px"])
    for name in ("sources", "decay_at"):
        if name in table:
            table[name] = tuple(table[name])
    if table.get("decay", "cosine") not in DECAYS:
        raise ValueError(f"{path}: decay is one of {', '.join(DECAYS)}")
    if table.get("optimiser", "adamw") not in OPTIMISERS:
        raise ValueError(f"{path}: optimiser is one of {', '.join(OPTIMISERS)}")
    if stages:
        table["stages"] = stages
    return Recipe(**table, augmentation=Augmentation(**augmentation))


def recipe_record(recipe: Recipe) -> dict[str, object]:
    """The recipe as plain JSON values, for the run folder."""
    return asdict(recipe)
