"""The lowest bounds that would just have held a wanted FPIR: known only after strangers came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from facedesk.core.operating_point import ImpostorTail
from facedesk.core.rules import rules_before
from facedesk.core.voting import VotingRules
from facedesk.lab.openset import Kiosk, Material, judge, kiosks, moved, plain, wanted
from facedesk.settings import Settings

_FINE = 5e-4  # of a cosine: how exactly they are found


@dataclass(frozen=True, slots=True)
class Hindsight:
    """What would just have held the wanted FPIR, chosen by the very strangers who then come, as
    nobody can who has to choose before: the lowest `fixed` cosine, and by how much all of
    FaceDesk's own bounds could have been moved (`shift`). For ``single`` pictures and for visits.
    """

    fixed: dict[bool, float]
    shift: dict[bool, float]


def hindsight(
    material: Material, tail: ImpostorTail, enrolled: int, samples: int, wanted_fpir: float
) -> Hindsight:
    """Before all drawn galleries of one size together."""
    every = [
        (kiosk, rules_before(kiosk.gallery, tail, wanted(wanted_fpir))[1])
        for kiosk in kiosks(material, enrolled, samples)
    ]
    fixed, shift = {}, {}
    for single in (True, False):
        votes = 1 if single else Settings().votes
        ours = [
            (kiosk, replace(rules, votes=votes)) for kiosk, rules in every if kiosk.single == single
        ]
        one = replace(plain(0.0), votes=votes)
        fixed[single] = _least(
            material, [(kiosk, one) for kiosk, _ in ours], wanted_fpir, (0.0, 1.0)
        )
        shift[single] = _least(material, ours, wanted_fpir, (-0.2, 0.2))
    return Hindsight(fixed, shift)


def _least(
    material: Material,
    before: Sequence[tuple[Kiosk, VotingRules]],
    wanted_fpir: float,
    between: tuple[float, float],
) -> float:
    """The least by which the rules' bounds are moved so that they hold the wanted FPIR."""
    allowed = wanted_fpir * sum(int(kiosk.strangers.sum()) for kiosk, _ in before)
    low, high = between
    while high - low > _FINE:
        middle = (low + high) / 2
        named = sum(
            int(
                (judge(material, kiosk, "", moved(rules, middle), kiosk.strangers).named >= 0).sum()
            )
            for kiosk, rules in before
        )
        low, high = (low, middle) if named <= allowed else (middle, high)
    return high
