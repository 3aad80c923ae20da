"""Twins before the kiosk: people of LFW who are enrolled twice, under two names."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from facedesk.core.matching import Gallery, match, one_row_a_person
from facedesk.core.operating_point import ImpostorTail
from facedesk.core.rules import rules_before
from facedesk.core.voting import VotingRules
from facedesk.lab.openset import Kiosk, Material, judge, wanted

_SECOND_NAME = 1_000_000  # added to the number of a person who is enrolled twice


@dataclass(frozen=True, slots=True)
class Doubles:
    """One person of a gallery is enrolled once more, under a second name and with another picture,
    as an identical twin would be; and so each of them in turn. In how many galleries the likeness
    was found, and how the visits ended.

    A visitor is whoever has the first name; all that tells the second from it is its picture.
    """

    people: int
    found: int
    visits: int
    named_rightly: int
    named_as_the_twin: int
    asked_for_pin: int

    @property
    def refused(self) -> int:
        return self.visits - self.named_rightly - self.named_as_the_twin - self.asked_for_pin


def doubles(
    material: Material, tail: ImpostorTail, enrolled: int, wanted_fpir: float
) -> tuple[Doubles, Doubles]:
    """Twins' visits under FaceDesk's rules, and as they would be without: the nearest person at
    the same threshold, whatever the lead. Everybody has one picture, the twin another.
    """
    random = np.random.default_rng(enrolled)
    deep = np.array([p for p in sorted(material.enrolable) if len(material.enrolable[p]) >= 2])
    chosen = np.sort(random.choice(deep, min(enrolled, len(deep)), replace=False))
    pictures = material.pictures[[material.enrolable[int(person)][0] for person in chosen]]
    asked = wanted(wanted_fpir)
    seen: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for person in chosen.tolist():
        twin = person + _SECOND_NAME
        second = material.pictures[material.enrolable[person][1]]
        gallery = Gallery("lab", np.vstack([pictures, second]), np.append(chosen, twin), {})
        _, ours = rules_before(gallery, tail, asked)
        without = VotingRules(ours.threshold, -1.0, asked.votes)
        theirs = material.visitor == person
        frames = np.flatnonzero(np.isin(material.visits.visit, np.flatnonzero(theirs)))
        found = match(one_row_a_person(gallery), material.visits.vectors[frames])
        matches = dict(zip(frames.tolist(), found, strict=True))
        kiosk = Kiosk(chosen, 1.0, gallery, False, matches, ~theirs)
        for rules, ended in zip((ours, without), seen, strict=True):
            said = judge(material, kiosk, "", rules, theirs)
            ended["found"] += twin in ours.look_alikes.get(person, ())
            ended["visits"] += int(theirs.sum())
            ended["named_rightly"] += int((said.named == person).sum())
            ended["named_as_the_twin"] += int((said.named == twin).sum())
            ended["asked_for_pin"] += int(said.pin.sum())
    return Doubles(len(chosen), **seen[0]), Doubles(len(chosen), **seen[1])
