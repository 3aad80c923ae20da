"""Options that commands of the lab share. PyTorch is not imported before a command is called."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from facedesk.paths import shared_dir, shipped_models_dir

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
SHARED = shared_dir()

card_argument = click.argument("card", type=FILE)
lfw_option = click.option(
    "--lfw", type=FOLDER, default=SHARED / "data" / "lfw", show_default=True, help="LFW's folder."
)
detector_option = click.option(
    "--detector",
    type=FILE,
    default=shipped_models_dir() / "face_detector.onnx",
    show_default=True,
    help="Detector (YuNet form) whose points align faces, with the refiner that lies beside it.",
)
weights_option = click.option(
    "--weights",
    type=FOLDER,
    multiple=True,
    default=(SHARED / "models",),
    show_default=True,
    help="Where model files lie that are not beside their card.",
)
cache_option = click.option("--cache", type=FOLDER, default=Path(".cache/lab"), show_default=True)
out_option = click.option("--out", type=FOLDER, default=Path("out/evaluation"), show_default=True)


def material(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that say where faces, teacher and runs lie, as `places` (a `Places`)."""

    @click.option("--shards", type=FOLDER, default=SHARED / "data" / "faces")
    @click.option("--names", type=FILE, default=SHARED / "data" / "lfw" / "names.txt")
    @click.option(
        "--teacher",
        type=FILE,
        default=SHARED / "models" / "face_reidentification_retail_0095.onnx",
    )
    @cache_option
    @click.option("--runs", type=FOLDER, default=Path(".cache/lab/runs"), show_default=True)
    @wraps(command)
    def with_places(
        *arguments: Any,
        shards: Path,
        names: Path,
        teacher: Path,
        cache: Path,
        runs: Path,
        **options: Any,
    ) -> Any:
        from facedesk.lab.runs import Places

        return command(*arguments, places=Places(shards, names, teacher, cache, runs), **options)

    return with_places
