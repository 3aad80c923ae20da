"""How somebody stands at the kiosk, in one word: what an admin looks for in the list of people."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from facedesk.core.consent import ConsentAnswer
from facedesk.core.records import Person


class Standing(StrEnum):
    ACTIVE = "active"
    LOOK_ALIKE = "look-alike"  # the kiosk asks for more before it gives the name
    NO_FACE = "PIN or badge"  # as the person wished
    NEEDS_PHOTOS = "needs new photos"  # the present model cannot know them
    CONSENT_MISSING = "consent missing"
    INACTIVE = "inactive"


def standing_of(
    person: Person,
    answer: ConsentAnswer | None,
    *,
    consent_asked: bool,
    recognisable: bool,
    look_alike: bool,
) -> Standing:
    """`answer` is the one that stands, None where there is none; `recognisable`: the present model
    knows the person; `consent_asked`: this organisation asks for consent at all.
    """
    if not person.active:
        return Standing.INACTIVE
    if answer in (ConsentAnswer.DECLINED, ConsentAnswer.WITHDRAWN) and not person.samples:
        return Standing.NO_FACE
    if consent_asked and answer is not ConsentAnswer.GIVEN and person.samples:
        return Standing.CONSENT_MISSING
    if not recognisable:
        return Standing.NEEDS_PHOTOS
    return Standing.LOOK_ALIKE if look_alike else Standing.ACTIVE


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the present model makes of everybody: it knows the samples of its contract, and says who
    looks like whom.
    """

    contract: str
    look_alikes: Mapping[int, frozenset[int]]
