"""Can somebody be morphed into another person's samples, step by step?

The attacker shows, in each round, the face that lies as far towards an impostor as renewal still
takes (vectors of real pictures of both people, interpolated), until nothing changes any more. Then
the impostor comes with another picture of the own face. What counts is how often that is named now
and was not before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from facedesk.core.matching import RENEWAL_LIFT
from facedesk.core.operating_point import ImpostorTail, operating_point
from facedesk.core.records import Identification, Method, Quality
from facedesk.core.renewal import MOST_AUTOMATIC, Known, may_renew
from facedesk.lab.faces import lfw_faces, open_model
from facedesk.lab.metrics import clopper_pearson
from facedesk.lab.openset import Material, gallery_of, gather, tail_for
from facedesk.lab.options import card_argument, detector_option, lfw_option, weights_option
from facedesk.settings import Settings

Vector = NDArray[np.float32]
_ROUNDS = 20
_STEPS = np.linspace(1.0, 0.0, 41)
_GOOD = Quality((), 140.0, 20.0, 120.0, 40.0, 0.0, 0.0, 0.0)
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Attack:
    """Pictures of a pair: what is enrolled, another picture of the person, two of the impostor."""

    enrolled: Vector  # (n, d)
    own: Vector
    impostor: Vector
    impostor_again: Vector


def attacked(
    attack: Attack, tail: ImpostorTail, threshold: float, *, anchored: bool = True
) -> Vector:
    """The automatic samples (m, d) that the attack leaves behind.

    Without ``anchored`` renewals are held against all samples instead of those of enrolment: what
    would happen without the rule.
    """
    margin = Settings().runner_up_margin
    automatic = np.empty((0, attack.enrolled.shape[1]), np.float32)
    for _ in range(_ROUNDS):
        everything = np.concatenate([attack.enrolled, automatic])
        held_against = attack.enrolled if anchored else everything
        known = Known(held_against, automatic, ())
        for share in _STEPS:
            face = _unit((1 - share) * attack.own + share * attack.impostor)
            score = float(template(everything) @ face)
            how = Identification(Method.FACE, "", "", score, -1.0, threshold)
            if may_renew(how, face, _GOOD, known, tail, margin, _NOW):
                automatic = np.concatenate([automatic, face[np.newaxis]])[-MOST_AUTOMATIC:]
                break
        else:
            break  # nothing is taken any more
    return automatic


def template(samples: Vector) -> Vector:
    """What a person is matched by: the mean of the samples, as `core.matching` makes it."""
    return _unit(samples.mean(axis=0))


def score_of(enrolled: Vector, automatic: Vector, face: Vector, lift: float) -> float:
    """As `core.matching` scores a person with automatic samples."""
    score = float(template(np.concatenate([enrolled, automatic])) @ face)
    return min(score, float(template(enrolled) @ face) + lift) if len(automatic) else score


def pairs(material: Material, samples: int, nearest: bool) -> list[Attack]:
    """Every person who has a picture beside the enrolled ones, with the impostor (of two pictures
    or more) who is most like the person, or with a random one.
    """
    random = np.random.default_rng(3)
    members = np.array(sorted(material.enrolable))
    last = {
        int(person): int(row)
        for person, row in zip(material.visitor, material.picture, strict=True)
        if int(person) in material.enrolable
    }
    firsts = np.array([material.enrolable[int(person)][0] for person in members])
    alike = material.pictures[firsts] @ material.pictures[firsts].T
    np.fill_diagonal(alike, -2.0)
    found = []
    for place, person in enumerate(members.tolist()):
        rows = material.enrolable[person]
        if len(rows) < samples:
            continue
        other = int(alike[place].argmax()) if nearest else int(random.integers(len(members)))
        if other == place:
            continue
        impostor = int(members[other])
        found.append(
            Attack(
                material.pictures[rows[:samples]],
                material.pictures[last[person]],
                material.pictures[material.enrolable[impostor][0]],
                material.pictures[last[impostor]],
            )
        )
    return found


def as_text(
    attacks: list[Attack], tail: ImpostorTail, threshold: float, tell: Callable[[str], None]
) -> None:
    """Who of the impostors is named before and after, and how the person fares."""
    outcomes: dict[str, list[tuple[bool, bool, bool]]] = {
        "before": [],
        "as FaceDesk does": [],
        "with no bound on the lift": [],
        "held against all samples": [],
    }
    for attack in attacks:
        poisoned = attacked(attack, tail, threshold)
        for name, automatic in (
            ("before", attack.enrolled[:0]),
            ("as FaceDesk does", poisoned),
            ("with no bound on the lift", poisoned),
            ("held against all samples", attacked(attack, tail, threshold, anchored=False)),
        ):
            lift = RENEWAL_LIFT if name == "as FaceDesk does" else 2.0
            scores = [
                score_of(attack.enrolled, automatic, face, lift)
                for face in (attack.impostor_again, attack.own)
            ]
            outcomes[name].append(
                (scores[0] >= threshold, scores[1] >= threshold, len(automatic) > 0)
            )
    before = np.array([impostor for impostor, _, _ in outcomes["before"]])
    for name, flags in outcomes.items():
        impostor, own, renewed = (np.array(column) for column in zip(*flags, strict=True))
        new = clopper_pearson(int((impostor & ~before).sum()), len(impostor))
        tell(
            f"  {name:26s} impostors named {int(impostor.sum()):5d} of {len(impostor)}, by the "
            f"attack {int((impostor & ~before).sum()):4d} (at most {100 * new.high:.2f} % at "
            f"95 %); people renewed {int(renewed.sum())}, known by another picture "
            f"{100 * own.mean():.1f} %"
        )


@click.command("poisoning")
@card_argument
@lfw_option
@detector_option
@weights_option
@click.option("--cache", type=click.Path(path_type=Path), default=Path(".cache/openset"))
@click.option("--enrolled", default=200, show_default=True, help="People the threshold is for.")
def poisoning(
    card: Path, lfw: Path, detector: Path, weights: tuple[Path, ...], cache: Path, enrolled: int
) -> None:
    """Morph impostors into the samples of LFW people with CARD's embedder, and count who gets in.

    The impostors are the people most like each person, then random ones.
    """
    model = open_model(card, weights)
    faces = lfw_faces(lfw, detector, cache)
    material = gather(model, faces, detector, cache, click.echo)
    tail = tail_for(model, material, faces, click.echo)
    random = np.random.default_rng(0)
    chosen = np.sort(random.choice(sorted(material.enrolable), enrolled, replace=False))
    now = Settings()
    for samples in (1, 3):
        gallery, _ = gallery_of(material, "lab", chosen, samples)
        point = operating_point(tail, gallery, 1 / now.stranger_visits_per_name, now.votes)
        for nearest in (True, False):
            attacks = pairs(material, samples, nearest)
            who = "the most alike" if nearest else "a random"
            click.echo(
                f"\n{samples} picture(s) enrolled, threshold {point.threshold:.3f} ({enrolled} "
                f"people), {who} impostor, {_ROUNDS} rounds"
            )
            as_text(attacks, tail, point.threshold, click.echo)


def _unit(vector: NDArray[np.floating]) -> Vector:
    return (vector / max(float(np.linalg.norm(vector)), 1e-12)).astype(np.float32)
