"""The lab's commands; ``facedesk.cli`` mounts them when one is asked for.

PyTorch is imported inside the commands that train, so that evaluation runs without it.
"""

from __future__ import annotations

from pathlib import Path

import click

from facedesk.paths import shipped_models_dir

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_SHARED = Path(__file__).resolve().parents[3] / "shared"


@click.group()
def evaluate() -> None:
    """Measure models on face sets."""


@evaluate.command("compare")
@click.argument("cards", nargs=-1, type=_FILE)
@click.option("--lfw", type=_FOLDER, default=_SHARED / "data" / "lfw", show_default=True)
@click.option(
    "--landmarks",
    type=_FILE,
    default=_SHARED / "models" / "yunet_2023mar.onnx",
    show_default=True,
    help="Detector (YuNet form) whose five points align the faces.",
)
@click.option(
    "--weights",
    type=_FOLDER,
    multiple=True,
    default=(_SHARED / "models",),
    help="Where model files lie that are not beside their card.",
)
@click.option("--cache", type=_FOLDER, default=Path(".cache/lab"), show_default=True)
@click.option("--out", type=_FOLDER, default=Path("out/evaluation"), show_default=True)
def compare(
    cards: tuple[Path, ...],
    lfw: Path,
    landmarks: Path,
    weights: tuple[Path, ...],
    cache: Path,
    out: Path,
) -> None:
    """LFW verification and identification of each CARD, side by side; JSON and HTML into --out.

    Without CARDS: the embedder that FaceDesk ships.
    """
    from facedesk.lab import report
    from facedesk.lab.evaluate import evaluate_cards

    chosen = cards or (shipped_models_dir() / "face_embedder.json",)
    measured = evaluate_cards(chosen, lfw, landmarks, cache, weights, click.echo)
    click.echo(report.as_text(measured))
    _, page = report.write(measured, out, "Face embedders on LFW")
    click.echo(f"report: {page}")
