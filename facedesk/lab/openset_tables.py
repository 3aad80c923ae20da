"""`evaluate openset`: strangers and enrolled people before FaceDesk's rules, as tables and JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from facedesk.lab.doubles import doubles
from facedesk.lab.faces import lfw_faces, open_model
from facedesk.lab.metrics import Interval
from facedesk.lab.openset import (
    EVERY_SIZE,
    SIZES,
    THIS_SIZE,
    Setting,
    gather,
    measure,
    tail_for,
)
from facedesk.lab.openset_claims import claims
from facedesk.lab.openset_hindsight import hindsight
from facedesk.lab.options import (
    FOLDER,
    card_argument,
    detector_option,
    lfw_option,
    out_option,
    weights_option,
)


def as_text(settings: Sequence[Setting]) -> str:
    """Tables for a terminal; shares in per cent with their 95 % bounds."""
    lines: list[str] = []
    for setting in settings:
        twins = setting.twins
        lines += [
            "",
            f"{setting.enrolled} enrolled with {setting.samples:.1f} pictures, "
            f"{'visits of 3 to 10 frames' if setting.visit else 'single pictures'}, "
            f"{setting.draws} draws; {100 * twins.share:.1f} % have a look-alike: of their "
            f"{twins.visits} visits {twins.named} named rightly, {twins.asked_for_pin} sent to the "
            f"PIN, {twins.misnamed} named wrongly",
            f"  {'rule':24s} {'cosine':>6s}  {'FPIR %':>6s} {'bounds':>14s} {'named':>11s}  "
            f"{'FNIR %':>6s} {'bounds':>14s} {'colleague':>9s} {'PIN %':>6s} {'frames, p95':>11s} "
            f"{'ms at 30 fps':>12s} {'at 10':>9s}",
        ]
        for one in setting.outcomes:
            named = f"{round(one.fpir.share * one.fpir.count)}/{one.fpir.count}"
            waits = [
                "/".join(
                    f"{1000 * frames / fps:.0f}" for frames in (one.frames_median, one.frames_p95)
                )
                for fps in (30, 10)
            ]
            lines.append(
                f"  {one.rule:24s} {one.threshold:6.3f}  {_percent(one.fpir)} {named:>11s}  "
                f"{_percent(one.fnir)} {one.colleague_names:9d} {100 * one.asked_for_pin:6.2f} "
                f"{one.frames_median:5.0f} {one.frames_p95:5.0f} {waits[0]:>12s} {waits[1]:>9s}"
            )
    return "\n".join(lines)


def _percent(share: Interval) -> str:
    bounds = f"{100 * share.low:.2f}..{100 * share.high:.2f}"
    return f"{100 * share.share:6.2f} {bounds:>14s}"


@click.command("openset")
@card_argument
@lfw_option
@detector_option
@weights_option
@click.option("--cache", type=FOLDER, default=Path(".cache/openset"), show_default=True)
@out_option
@click.option("--visits", "visits_per_name", default=1000, show_default=True,
              help="Wanted: at most one in so many strangers is named.")  # fmt: skip
@click.option("--enrolled", multiple=True, type=int, default=SIZES, help="Sizes of gallery.")
@click.option("--samples", multiple=True, type=int, default=(1, 3), help="Pictures a person.")
def openset(
    card: Path, lfw: Path, detector: Path, weights: tuple[Path, ...], cache: Path, out: Path,
    visits_per_name: int, enrolled: tuple[int, ...], samples: tuple[int, ...],
) -> None:  # fmt: skip
    """Enrolled people and strangers before FaceDesk's rules with CARD's embedder, on LFW.

    FaceDesk's threshold against fixed ones: of the model card, 0.5 for any frame as others have
    it, and the best that could be chosen in hindsight, by these very strangers, to hold the
    wanted FPIR at every size or at this one; beside the last stands FaceDesk with all its bounds
    moved in the same hindsight. Prints tables, then each promise with what was seen, and writes
    JSON into --out.
    """
    wanted_fpir = 1 / visits_per_name
    model = open_model(card, weights)
    faces = lfw_faces(lfw, detector, cache)
    material = gather(model, faces, detector, cache, click.echo)
    click.echo(f"{model.card.name}, wanted: at most {100 * wanted_fpir:g} % of strangers named")
    tail = tail_for(model, material, faces, click.echo)
    settings: list[Setting] = []
    for pictures in samples:
        holding = [hindsight(material, tail, size, pictures, wanted_fpir) for size in enrolled]
        everywhere = {
            kind: max(of_size.fixed[kind] for of_size in holding) for kind in (True, False)
        }
        for size, here in zip(enrolled, holding, strict=True):
            fixed = {EVERY_SIZE: everywhere, THIS_SIZE: here.fixed}
            pair = measure(material, tail, size, pictures, wanted_fpir, fixed, here.shift)
            click.echo(as_text(pair))
            settings += pair
    twins = doubles(material, tail, min(200, max(enrolled)), wanted_fpir)
    found = claims(settings, *twins, wanted_fpir)
    click.echo(f"\n{model.card.name} (version {model.card.version}), what was asked and seen:")
    for claim in found:
        click.echo(claim.line())
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"openset_{model.card.name}.json"
    record = {
        "model": model.card.name,
        "contract": model.card.contract,
        "wanted_fpir": wanted_fpir,
        "settings": [asdict(setting) for setting in settings],
        "twins": [asdict(one) for one in twins],
        "claims": [asdict(claim) for claim in found],
    }
    path.write_text(json.dumps(record, indent=1), "utf-8")
    click.echo(f"written: {path}")
