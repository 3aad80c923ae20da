"""The lab's commands; ``facedesk.cli`` mounts them when one is asked for.

PyTorch is imported inside the commands that train, so that evaluation runs without it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from facedesk.lab.detection.commands import detection
from facedesk.lab.evidence import evidence
from facedesk.lab.fairness import fairness
from facedesk.lab.liveness.commands import liveness
from facedesk.lab.openset_tables import openset
from facedesk.lab.options import (
    FILE,
    FOLDER,
    SHARED,
    cache_option,
    card_argument,
    detector_option,
    lfw_option,
    material,
    out_option,
    weights_option,
)
from facedesk.lab.poisoning import poisoning
from facedesk.lab.training_commands import distil, export_embedder, train
from facedesk.paths import shipped_models_dir

if TYPE_CHECKING:
    from facedesk.lab.runs import Places

__all__ = ["distil", "evaluate", "export_embedder", "train"]


@click.group()
def evaluate() -> None:
    """Measure models on face sets."""


evaluate.add_command(openset)
evaluate.add_command(evidence)
evaluate.add_command(fairness)
evaluate.add_command(poisoning)
evaluate.add_command(detection)
evaluate.add_command(liveness)


@evaluate.command("compare")
@click.argument("cards", nargs=-1, type=FILE)
@lfw_option
@detector_option
@weights_option
@cache_option
@out_option
def compare(
    cards: tuple[Path, ...],
    lfw: Path,
    detector: Path,
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
    measured = evaluate_cards(chosen, lfw, detector, cache, weights, click.echo)
    click.echo(report.as_text(measured))
    _, page = report.write(measured, out, "Face embedders on LFW")
    click.echo(f"report: {page}")


@evaluate.command("verify")
@card_argument
@click.argument("pairs", type=FILE)
@click.option("--pictures", type=FOLDER, help="Where the pictures of a list lie (default: beside).")
@detector_option
@weights_option
def verify(
    card: Path, pairs: Path, pictures: Path | None, detector: Path, weights: tuple[Path, ...]
) -> None:
    """Verification of CARD on your own PAIRS: an InsightFace .bin, or lines of `first,second,1`."""
    from facedesk.lab import pair_files
    from facedesk.lab.faces import open_detector, open_model
    from facedesk.lab.protocols import verification
    from facedesk.lab.report import percent

    model = open_model(card, weights)
    try:
        if pairs.suffix == ".bin":
            listed = pair_files.read_bin(pairs)
            vectors = pair_files.bin_vectors(model, listed)
            first, second = vectors[::2], vectors[1::2]
            same, fold = listed.same, pair_files.folds(len(listed.same))
        else:
            names = pair_files.read_pair_list(pairs)
            unique = sorted({*names.first, *names.second})
            place = {name: row for row, name in enumerate(unique)}
            vectors = pair_files.picture_vectors(
                model, unique, pictures or pairs.parent, open_detector(detector)
            )
            first = vectors[[place[name] for name in names.first]]
            second = vectors[[place[name] for name in names.second]]
            same, fold = names.same, names.fold
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    found = verification((first * second).sum(axis=1), same, fold)
    click.echo(
        f"{model.card.name} on {pairs.name}: {len(same)} pairs, accuracy "
        f"{100 * found.accuracy:.2f} +- {100 * found.accuracy_deviation:.2f} %, "
        f"AUC {found.auc:.5f}, equal error rate {100 * found.eer:.2f} %"
    )
    for far, share in found.tpr.items():
        click.echo(f"  TPR at FAR {far:g}: {percent(share)}")


@evaluate.command("webcam")
@click.argument("cards", nargs=-1, type=FILE)
@click.option("--folder", type=FOLDER, default=SHARED / "data" / "webcam", show_default=True)
@detector_option
@weights_option
@click.option("--every", default=3, show_default=True, help="Take each so many-th frame.")
def webcam(
    cards: tuple[Path, ...],
    folder: Path,
    detector: Path,
    weights: tuple[Path, ...],
    every: int,
) -> None:
    """Enrol from the first session's pictures, probe the later sessions' frames."""
    from facedesk.core.operating_point import tail_of
    from facedesk.lab.faces import open_detector, open_model
    from facedesk.lab.webcam import measure, sightings

    seen = sightings(folder, open_detector(detector, smallest_face_px=32), every)
    for path in cards or (shipped_models_dir() / "face_embedder.json",):
        model = open_model(path, weights)
        found, visits = measure(model, seen, tail_of(model.card.thresholds))
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
        click.echo(
            f"  by FaceDesk's rules, threshold {visits.threshold:.3f} (site {visits.site:+.3f}): "
            f"of {visits.visits} visits of ten frames {visits.named_rightly} named rightly, "
            f"{visits.named_wrongly} wrongly; of as many without the person in the gallery "
            f"{visits.strangers_named} named"
        )


@evaluate.command("thresholds")
@card_argument
@lfw_option
@detector_option
@cache_option
@out_option
def thresholds(card: Path, lfw: Path, detector: Path, cache: Path, out: Path) -> None:
    """Measure CARD on LFW and write the cosine for each false match rate into it."""
    import json

    from facedesk.lab import report
    from facedesk.lab.card import with_thresholds, write_card
    from facedesk.lab.evaluate import evaluate_cards

    (measured,) = evaluate_cards((card,), lfw, detector, cache, (), click.echo)
    content = json.loads(card.read_text("utf-8"))
    protocol = (
        f"all {measured.pairs.impostor_count} impostor pairs of the LFW pair pictures, "
        f"landmarks by {measured.landmarks_from}"
    )
    write_card(with_thresholds(content, measured.thresholds, protocol), card)
    click.echo(report.as_text([measured]))
    report.write([measured], out, measured.name)


@evaluate.command("losses")
@material
@click.option("--steps", default=1500, show_default=True, help="Steps of 64 faces for each loss.")
@click.option("--only", multiple=True, help="One loss by its name in the table; repeatable.")
@click.option("--part", default=0, show_default=True, help="This process's share, from 0.")
@click.option("--parts", default=1, show_default=True, help="Over how many processes.")
@click.option("--out", type=FOLDER, default=Path("out/losses"), show_default=True)
def losses(
    places: Places,
    steps: int,
    only: tuple[str, ...],
    part: int,
    parts: int,
    out: Path,
) -> None:
    """Train a small network with every loss under one budget; judge on people held out.

    Losses already in --out are not run again: the command can be stopped and go on.
    """
    from facedesk.lab import labelled, loss_table
    from facedesk.lab.runs import labelled_faces

    learn, check = labelled_faces(places)
    click.echo(
        f"{len(learn.labels)} faces of {len(set(learn.labels.tolist()))} people to learn, "
        f"{len(check.labels)} of {len(set(check.labels.tolist()))} others to check"
    )
    budget = labelled.Budget(steps=steps)
    wanted = only or tuple(labelled.losses(2, 2))
    for name in wanted[part::parts]:
        if name not in loss_table.kept(out, budget):
            loss_table.keep(labelled.small_run(name, learn, check, budget), budget, out)
    finished = loss_table.kept(out, budget)
    found = [finished[name] for name in wanted if name in finished]
    click.echo(loss_table.as_table(found))
    loss_table.write_page(found, budget, out / "losses.html")
    click.echo(f"report: {out / 'losses.html'}")


@evaluate.command("head")
@card_argument
@material
@lfw_option
@detector_option
@click.option("--pairs", "count", default=10_000, show_default=True, help="Of each kind, to learn.")
def head(
    card: Path,
    places: Places,
    lfw: Path,
    detector: Path,
    count: int,
) -> None:
    """Compare a shallow classifier of two vectors with plain cosine, on LFW.

    It learns on the labelled training faces, of which nobody is in LFW.
    """
    from facedesk.lab import pair_head
    from facedesk.lab.evaluate import lfw_scores
    from facedesk.lab.faces import embed_faces, embed_stored, lfw_faces, open_model
    from facedesk.lab.protocols import read_lfw_pairs
    from facedesk.lab.runs import labelled_faces

    model = open_model(card, (SHARED / "models",))
    learn, _ = labelled_faces(places)
    vectors = embed_stored(model, learn.images)
    first, second, same = pair_head.training_pairs(learn.labels, count)
    fitted = pair_head.fit(vectors[first], vectors[second], same)
    faces = lfw_faces(lfw, detector, places.cache)
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
