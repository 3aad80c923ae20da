"""`facedesk evaluate liveness`: pictures and people, judged as the kiosk judges them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import click
import numpy as np

from facedesk.core.liveness import RULES, FusionWeights, PassiveRules
from facedesk.core.records import Image
from facedesk.lab.faces import open_detector
from facedesk.lab.liveness import evaluate
from facedesk.lab.liveness.data import largest
from facedesk.lab.liveness.split import CHECK_NUAA, TUNE_NUAA
from facedesk.lab.liveness.videos import ATTACKS, Attack, Material, materials, stock
from facedesk.lab.liveness.visits import Clip, Visit, check_clips, tune_clips, visits
from facedesk.lab.options import FOLDER, SHARED, out_option
from facedesk.paths import resources_dir, shipped_models_dir
from facedesk.vision.cards import read_card
from facedesk.vision.detect import Detector
from facedesk.vision.liveness import (
    MADE_TO_BE_AVERAGED,
    AveragedLiveness,
    FaceWatch,
    OnnxLiveness,
    PassiveNetwork,
)
from facedesk.vision.runtime import open_session

_ALONE = PassiveRules(FusionWeights(0.0, 1.0, 0.0, 0.0, 0.0), accept=0.5)
_MADE_FRAMES = 16
_TIMED_FRAMES = 40
# One glance cannot show these: they are for `bench attacks`.
_NOT_MADE = ("cut to a photo", "recording fed in")


@click.command("liveness")
@click.option("--shared", type=FOLDER, default=SHARED, show_default=True)
@click.option(
    "--repository",
    type=FOLDER,
    help="Git directory with NUAA's raw frames: needed to fit, not to evaluate.",
)
@click.option("--fit", is_flag=True, help="Print weights for facedesk/core/liveness.py.")
@click.option("--frames", default=1000, show_default=True, help="Of each clip at most.")
@click.option("--made", default=10, show_default=True, help="Attacks of each kind to make.")
@out_option
def liveness(
    shared: Path, repository: Path | None, fit: bool, frames: int, made: int, out: Path
) -> None:
    """APCER of each kind of attack and BPCER of people who were never learned from.

    Beside the public MiniFASNet pair on the same frames, both alone and fused with the cues.
    "sure" is where the policy "challenge if unsure" asks for nothing more: there BPCER is the share
    of people who are asked to move, not of those who are refused.
    """
    networks = _networks(shared / "models")
    detector = open_detector(shipped_models_dir() / "face_detector.onnx", smallest_face_px=40)
    if fit:
        if repository is None:
            raise click.UsageError("--fit needs --repository.")
        clips = [*tune_clips(repository), *_made(shared, TUNE_NUAA, made, seed=1)]
        found = _watched(clips, detector, networks, frames)
        for network in networks:
            weights = evaluate.fit(found, network.name)
            judged = evaluate.measure(
                found, evaluate.Judge(network.name, network.name, PassiveRules(weights))
            )
            click.echo(f"{network.name}: {weights}")
            for bpcer in (0.0, 0.1, 0.2):
                cut = evaluate.accept_for(judged, bpcer)
                click.echo(f"  {cut:.3f} refuses {100 * bpcer:.0f} % of the living")
            click.echo(evaluate.as_text([judged], judged))
        return
    clips = [*check_clips(shared / "data"), *_made(shared, CHECK_NUAA, made, seed=2)]
    found = _watched(clips, detector, networks, frames)
    measured = []
    for network in networks:
        for name, rules in ((" alone", _ALONE), (" + cues", RULES[network.name])):
            short = network.name.split("_")[0] + name
            measured.append(evaluate.measure(found, evaluate.Judge(short, network.name, rules)))
    own, shipped = networks[0].name, measured[1]
    sure = evaluate.Judge("sure", own, RULES[own], sure=True)
    measured.insert(2, evaluate.measure(found, sure))
    click.echo(evaluate.as_text(measured, shipped))
    click.echo()
    for network in networks:
        spent_ms = _spent_ms(clips[0], detector, network)
        click.echo(f"processor ms a face, {network.name} with the cues: {spent_ms:.1f}")
    click.echo(f"report: {evaluate.write(measured, shipped, out)}")


def _watched(
    clips: Sequence[Clip], detector: Detector, networks: Sequence[PassiveNetwork], frames: int
) -> list[Visit]:
    short = [replace(clip, frames=partial(_first, clip, frames)) for clip in clips]
    with click.progressbar(short, label=f"{len(short)} clips") as shown:
        return list(visits(shown, detector, networks))


def _spent_ms(clip: Clip, detector: Detector, network: PassiveNetwork) -> float:
    """Processor time of this thread for a look at a face, which has been found already."""
    watch = FaceWatch(network)
    spent_s = []
    for picture in _first(clip, _TIMED_FRAMES):
        face = largest(detector, picture)
        if face is not None:
            started_s = time.thread_time()
            watch.look(picture, face)
            spent_s.append(time.thread_time() - started_s)
    return 1000 * float(np.mean(spent_s))


def _first(clip: Clip, frames: int) -> Iterator[Image]:
    return itertools.islice(clip.frames(), frames)


def _networks(public: Path) -> list[PassiveNetwork]:
    """Our own, and the public pair where it lies in the folder."""
    own = shipped_models_dir() / "face_liveness.onnx"
    networks: list[PassiveNetwork] = [_open(own, own.with_suffix(".json"))]
    files = [public / f"{name}.onnx" for name in MADE_TO_BE_AVERAGED]
    if all(file.exists() for file in files):
        cards = resources_dir() / "catalogue"
        pair = [_open(file, cards / f"{file.stem}.json") for file in files]
        networks.append(AveragedLiveness(*pair))
    return networks


def _open(file: Path, card: Path) -> OnnxLiveness:
    return OnnxLiveness(open_session(file, "cpu")[0], read_card(card))


def _made(shared: Path, people: frozenset[str], each: int, seed: int) -> Iterator[Clip]:
    """Attacks on these people, `each` of every kind."""
    of = stock(shared, people)
    for number, (kind, attack) in enumerate(ATTACKS.items()):
        if kind in _NOT_MADE:
            continue
        for trial, (person, material) in enumerate(materials(of, each, seed + number)):
            frames = partial(_played, attack, material, (seed, number, trial))
            yield Clip(f"made: {kind}", person, f"{kind} {trial}", frames)


def _played(attack: Attack, material: Material, seed: tuple[int, ...]) -> Iterator[Image]:
    return attack(material, np.random.default_rng(seed), _MADE_FRAMES)
