"""Twins before the kiosk: people of LFW who are enrolled twice, under two names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from facedesk.core.matching import Gallery, match
from facedesk.core.operating_point import ImpostorTail
from facedesk.core.rules import Wanted, rules_before
from facedesk.core.voting import VotingRules
from facedesk.lab.openset import Kiosk, Material, judge
from facedesk.settings import Settings

_SECOND_NAME = 1_000_000  # added to the number of a person who is enrolled twice


@dataclass(frozen=True, slots=True)
class Doubles:
    """People who are enrolled twice, under two names, as identical twins would be: how their visits
    ended. Whoever is named is named wrongly half of the time.
    """

    people: int
    found: int
    visits: int
    named: int
    asked_for_pin: int


def doubles(
    material: Material, tail: ImpostorTail, enrolled: int, wanted_fpir: float
) -> tuple[Doubles, Doubles]:
    """Twins' visits under FaceDesk's rules, and as they would be without: the nearest person at
    the same threshold, whatever the lead. Each name has one picture of the person.
    """
    random = np.random.default_rng(enrolled)
    members = np.array(sorted(material.enrolable))
    deep = np.array([p for p in members if len(material.enrolable[p]) >= 2])
    chosen = np.sort(random.choice(deep, min(enrolled, len(deep)), replace=False))
    rows = np.array([material.enrolable[int(person)][:2] for person in chosen])
    people = np.stack([chosen, chosen + _SECOND_NAME], axis=1).ravel()
    gallery = Gallery("lab", material.pictures[rows.ravel()], people, {})
    wanted = Wanted(wanted_fpir, Settings().runner_up_margin, Settings().votes)
    _, ours = rules_before(gallery, tail, wanted)
    theirs = np.isin(material.visitor, chosen)
    matches = tuple(match(gallery, material.visits.vectors))
    kiosk = Kiosk(chosen, 1.0, gallery, False, matches, ~theirs)
    found = sum(
        person + _SECOND_NAME in ours.look_alikes.get(person, ()) for person in chosen.tolist()
    )
    outcomes = []
    for rules in (ours, VotingRules(ours.threshold, -1.0, wanted.votes)):
        said = judge(material, kiosk, "", rules, theirs)
        named = said.named[theirs] != -1
        outcomes.append(
            Doubles(
                len(chosen), found, int(theirs.sum()), int(named.sum()), int(said.pin[theirs].sum())
            )
        )
    return outcomes[0], outcomes[1]
