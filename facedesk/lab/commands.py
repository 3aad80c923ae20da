"""The lab's commands; ``facedesk.cli`` mounts them when one is asked for.

PyTorch is imported inside the commands that train, so that evaluation runs without it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from facedesk.lab.detection.commands import detection
from facedesk.lab.openset import openset
from facedesk.lab.recipe import Recipe, read_recipe
from facedesk.paths import shipped_models_dir

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_SHARED = Path(__file__).resolve().parents[3] / "shared"

_landmarks = click.option(
    "--landmarks",
    type=_FILE,
    default=shipped_models_dir() / "face_detector.onnx",
    show_default=True,
    help="Detector (YuNet form) whose points align faces, with the refiner that lies beside it.",
)


@click.group()
def evaluate() -> None:
    """Measure models on face sets."""


evaluate.add_command(openset)
evaluate.add_command(detection)


@evaluate.command("compare")
@click.argument("cards", nargs=-1, type=_FILE)
@click.option("--lfw", type=_FOLDER, default=_SHARED / "data" / "lfw", show_default=True)
@_landmarks
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


@evaluate.command("webcam")
@click.argument("cards", nargs=-1, type=_FILE)
@click.option("--folder", type=_FOLDER, default=_SHARED / "data" / "webcam", show_default=True)
@_landmarks
@click.option("--weights", type=_FOLDER, multiple=True, default=(_SHARED / "models",))
@click.option("--every", default=3, show_default=True, help="Take each so many-th frame.")
@click.option(
    "--raise-thresholds",
    is_flag=True,
    help="Write the thresholds of these comparisons into each card where they are higher.",
)
def webcam(
    cards: tuple[Path, ...],
    folder: Path,
    landmarks: Path,
    weights: tuple[Path, ...],
    every: int,
    raise_thresholds: bool,
) -> None:
    """Enrol from the first session's pictures, probe the later sessions' frames."""
    from facedesk.lab.card import raise_thresholds as take_higher
    from facedesk.lab.faces import open_detector, open_model
    from facedesk.lab.webcam import measure, sightings

    seen = sightings(folder, open_detector(landmarks, smallest_face_px=32), every)
    for path in cards or (shipped_models_dir() / "face_embedder.json",):
        model = open_model(path, weights)
        found = measure(model, seen)
        click.echo(
            f"{model.card.name}: {found.people} people, {found.probes} frames "
            f"({found.frames_without_face} without a face): genuine 5th percentile "
            f"{found.genuine_5th_percentile:.3f}, impostor maximum's 99th percentile "
            f"{found.impostor_99th_percentile:.3f}, rank 1 {100 * found.rank_1:.2f} %"
        )
        for rate, cosine in model.card.thresholds.items():
            accepted = (found.genuine >= cosine) & (found.genuine > found.impostor)
            click.echo(
                f"  at {rate} ({cosine:.3f}): {100 * accepted.mean():.2f} % of frames known, "
                f"{100 * (found.impostor >= cosine).mean():.2f} % would be accepted as another "
                "if the person were a stranger"
            )
        if raise_thresholds:
            take_higher(path, found.impostor_pairs, "comparisons before a webcam")


@evaluate.command("thresholds")
@click.argument("card", type=_FILE)
@click.option("--lfw", type=_FOLDER, default=_SHARED / "data" / "lfw", show_default=True)
@_landmarks
@click.option("--cache", type=_FOLDER, default=Path(".cache/lab"), show_default=True)
@click.option("--out", type=_FOLDER, default=Path("out/evaluation"), show_default=True)
def thresholds(card: Path, lfw: Path, landmarks: Path, cache: Path, out: Path) -> None:
    """Measure CARD on LFW and write the cosine for each false match rate into it."""
    import json

    from facedesk.lab import report
    from facedesk.lab.card import with_thresholds, write_card
    from facedesk.lab.evaluate import evaluate_cards

    (measured,) = evaluate_cards((card,), lfw, landmarks, cache, (), click.echo)
    content = json.loads(card.read_text("utf-8"))
    protocol = (
        f"all {measured.pairs.impostor_count} impostor pairs of the LFW pair pictures, "
        f"landmarks by {measured.landmarks_from}"
    )
    write_card(with_thresholds(content, measured.thresholds, protocol), card)
    click.echo(report.as_text([measured]))
    report.write([measured], out, measured.name)


def _material(function: click.decorators.FC) -> click.decorators.FC:
    """The options that say where faces, teacher and runs lie."""
    options = [
        click.option("--shards", type=_FOLDER, default=_SHARED / "data" / "faces"),
        click.option("--names", type=_FILE, default=_SHARED / "data" / "lfw" / "names.txt"),
        click.option(
            "--teacher",
            type=_FILE,
            default=_SHARED / "models" / "face_reidentification_retail_0095.onnx",
        ),
        click.option("--cache", type=_FOLDER, default=Path(".cache/lab"), show_default=True),
        click.option("--runs", type=_FOLDER, default=Path(".cache/lab/runs"), show_default=True),
    ]
    for option in reversed(options):
        function = option(function)
    return function


@evaluate.command("losses")
@_material
@click.option("--steps", default=300, show_default=True, help="Steps of 64 faces for each loss.")
@click.option("--only", multiple=True, help="One loss by its name in the table; repeatable.")
def losses(
    shards: Path,
    names: Path,
    teacher: Path,
    cache: Path,
    runs: Path,
    steps: int,
    only: tuple[str, ...],
) -> None:
    """Train a small network with every loss under one budget; judge on people held out."""
    from facedesk.lab import labelled
    from facedesk.lab.runs import Places, labelled_faces

    learn, check = labelled_faces(Places(shards, names, teacher, cache, runs))
    click.echo(
        f"{len(learn.labels)} faces of {len(set(learn.labels.tolist()))} people to learn, "
        f"{len(check.labels)} of {len(set(check.labels.tolist()))} others to check"
    )
    budget = labelled.Budget(steps=steps)
    found = []
    for name in only or tuple(labelled.losses(2, 2)):
        found.append(labelled.small_run(name, learn, check, budget))
        click.echo(labelled.as_table(found[-1:]).splitlines()[-1])
    click.echo(labelled.as_table(found))


@evaluate.command("head")
@click.argument("card", type=_FILE)
@_material
@click.option("--lfw", type=_FOLDER, default=_SHARED / "data" / "lfw", show_default=True)
@_landmarks
@click.option("--pairs", "count", default=10_000, show_default=True, help="Of each kind, to learn.")
def head(
    card: Path,
    shards: Path,
    names: Path,
    teacher: Path,
    cache: Path,
    runs: Path,
    lfw: Path,
    landmarks: Path,
    count: int,
) -> None:
    """Compare a shallow classifier of two vectors with plain cosine, on LFW.

    It learns on the labelled training faces, of which nobody is in LFW.
    """
    from facedesk.lab import pair_head
    from facedesk.lab.evaluate import lfw_scores
    from facedesk.lab.faces import embed_faces, embed_stored, lfw_faces, open_model
    from facedesk.lab.protocols import read_lfw_pairs
    from facedesk.lab.runs import Places, labelled_faces

    model = open_model(card, (_SHARED / "models",))
    learn, _ = labelled_faces(Places(shards, names, teacher, cache, runs))
    vectors = embed_stored(model, learn.images)
    first, second, same = pair_head.training_pairs(learn.labels, count)
    fitted = pair_head.fit(vectors[first], vectors[second], same)
    faces = lfw_faces(lfw, landmarks, cache)
    found = embed_faces(model, faces)
    pairs = read_lfw_pairs(lfw / "pairs.txt")
    for name, result in lfw_scores(found, faces, pairs, fitted).items():
        rates = ", ".join(f"{far:g}: {100 * t.share:.2f} %" for far, t in result.tpr.items())
        click.echo(
            f"{name}: accuracy {100 * result.accuracy:.2f} +- "
            f"{100 * result.accuracy_deviation:.2f} %, TPR at FAR {rates}, AUC {result.auc:.5f}"
        )


@evaluate.command("networks")
@click.option("--size", "size_px", default=112, show_default=True, help="Side of the input.")
def networks(size_px: int) -> None:
    """Print every network of the lab with paper, parameters and multiply-adds."""
    from facedesk.lab.networks.table import as_table

    click.echo(as_table(size_px))


@evaluate.command("margins")
def margins() -> None:
    """Print DAM-Softmax's margin against the cosine of a sample."""
    from facedesk.lab.losses.dam_softmax import margin_curve

    cosines = [round(1 - 0.1 * k, 1) for k in range(21)]
    for cosine, margin in zip(cosines, margin_curve(cosines), strict=True):
        click.echo(f"{cosine:5.1f}  {margin:.3f}  {'#' * round(margin * 40)}")


@click.command()
@_material
@click.option("--part", default=0, show_default=True, help="This process's share, from 0.")
@click.option("--parts", default=1, show_default=True, help="Over how many processes.")
def distil(
    shards: Path, names: Path, teacher: Path, cache: Path, runs: Path, part: int, parts: int
) -> None:
    """Compute the teacher's vectors of all training faces; can be stopped and started again."""
    from facedesk.lab.runs import Places, teach_all

    def tell(done: int, total: int) -> None:
        if done // 64 % 20 == 0 or done == total:
            click.echo(f"{done} of {total} faces")

    teach_all(Places(shards, names, teacher, cache, runs), tell, part, parts)


@click.command()
@click.argument("recipe")
@_material
@click.option(
    "--restart-at",
    type=click.FloatRange(0, 1, max_open=True),
    help="Take the weights of a run back to this share of its schedule (0 to 1), to continue it.",
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]),
    help="UTC time at which the run shall be complete, for recipes without steps.",
)
def train(
    recipe: str,
    shards: Path,
    names: Path,
    teacher: Path,
    cache: Path,
    runs: Path,
    until: datetime | None,
    restart_at: float | None,
) -> None:
    """Train by RECIPE (a name from facedesk/lab/recipes, or a TOML file); goes on where it was.

    Several processes: torchrun --nproc-per-node 2 -m facedesk train RECIPE.
    """
    from facedesk.lab.progress import progress_bar
    from facedesk.lab.runs import Places
    from facedesk.lab.runs import train as run

    deadline = until.replace(tzinfo=UTC) if until else None
    places = Places(shards, names, teacher, cache, runs)
    with progress_bar() as tell:
        done = run(find_recipe(recipe), places, deadline, restart_at, tell)
    click.echo(f"step {done.step}, {done.position} faces seen, in {done.folder}")


@click.command("export-embedder")
@click.argument("recipe")
@_material
@click.option("--size", "size_px", default=112, show_default=True, help="Side of the input.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The ONNX file.")
@click.option("--version", default="1", show_default=True, help="Version on the card.")
@click.option("--flip", is_flag=True, help="The application adds the mirror image: twice the time.")
@click.option("--notes", default="", help="What the card says beside its numbers.")
def export_embedder(
    recipe: str,
    shards: Path,
    names: Path,
    teacher: Path,
    cache: Path,
    runs: Path,
    size_px: int,
    out: Path,
    version: str,
    flip: bool,
    notes: str,
) -> None:
    """Write the averaged network of RECIPE's run as ONNX with a card, checked against torch.

    The card has no thresholds yet: `facedesk evaluate thresholds CARD` measures them.
    """
    from facedesk.lab import runs as lab_runs
    from facedesk.lab.card import embedder_card, write_card
    from facedesk.lab.train import agreement

    places = lab_runs.Places(shards, names, teacher, cache, runs)
    chosen = find_recipe(recipe)
    parity, network = lab_runs.export_run(chosen, places, size_px, out)
    name = f"facedesk-{chosen.name}"
    card = embedder_card(out, name, version, size_px, chosen.dimension, notes, flip)
    write_card(card, out.with_suffix(".json"))
    click.echo(f"{out}: {out.stat().st_size} bytes, sha256 {lab_runs.sha256_of(out)}")
    click.echo(
        f"torch against ONNX on {parity.pictures} faces: lowest cosine {parity.lowest_cosine:.7f}, "
        f"largest difference {parity.largest_difference:.2e}"
    )
    cosine = agreement(network, lab_runs.held_out_faces(places), size_px)
    click.echo(f"cosine to the teacher on held-out faces: {cosine:.4f}")


def find_recipe(name: str) -> Recipe:
    """A recipe of the package by name, or any file."""
    path = Path(name)
    if path.suffix != ".toml":
        path = Path(__file__).parent / "recipes" / f"{name}.toml"
    if not path.exists():
        raise click.BadParameter(f"there is no recipe {name}")
    return read_recipe(path)
