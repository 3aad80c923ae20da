"""What people at the kiosk may still say about their check-in, and for how long. No widgets.

Each person has one offer: first the question what it is to be (where people are asked), then undo
and "not me", and the question about yesterday. Offers of several people stand side by side, so that
nobody waits for somebody else's answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from facedesk.core.facts import DirectionAsked, Fact, PunchCancelled, PunchRecorded
from facedesk.core.records import Method, OpenDay, Person, Punch

UNDO_STAYS_S = 15.0
QUESTION_STAYS_S = 45.0
MOST = 3


@dataclass(frozen=True, slots=True)
class Offer:
    """What one person is offered until `until_s` (monotonic).

    Either `asked`, or the recorded `punch` can be taken back, or `question` is still open; `said`
    is the answer to it as it stands.
    """

    person: Person
    since_s: float
    until_s: float
    asked: DirectionAsked | None = None
    punch: Punch | None = None
    by_face: bool = False
    question: OpenDay | None = None
    said: datetime | None = None
    undo_until_s: float = 0.0

    def share_left(self, now_s: float) -> float:
        """How much of the time is left, 1 to 0."""
        return min(1.0, max(0.0, (self.until_s - now_s) / (self.until_s - self.since_s)))


class Offers:
    """The offers on the screen, the oldest first."""

    def __init__(self) -> None:
        self._offers: list[Offer] = []

    def hear(self, fact: Fact, now_s: float) -> None:
        """Open, change or close an offer."""
        match fact:
            case DirectionAsked():
                self._put(Offer(fact.person, now_s, now_s + fact.decide_s, asked=fact))
            case PunchRecorded(how=how) if how is not None and fact.punch.id > 0:
                stays_s = UNDO_STAYS_S if fact.forgotten is None else QUESTION_STAYS_S
                self._put(
                    Offer(
                        fact.person, now_s, now_s + stays_s,
                        punch=fact.punch,
                        by_face=how.method is Method.FACE,
                        question=fact.forgotten,
                        said=fact.forgotten.likely_utc if fact.forgotten else None,
                        undo_until_s=now_s + UNDO_STAYS_S,
                    )
                )  # fmt: skip
            case PunchCancelled():
                self.close(fact.person.id)

    def current(self, now_s: float) -> Sequence[Offer]:
        """Those whose time is not over; what can be taken back no more is left out."""
        self._offers = [
            replace(offer, punch=None) if offer.punch and offer.undo_until_s <= now_s else offer
            for offer in self._offers
            if offer.until_s > now_s
        ]
        return self._offers

    def close(self, person_id: int) -> None:
        """The person said it, or wants nothing."""
        self._offers = [offer for offer in self._offers if offer.person.id != person_id]

    def answered(self, person_id: int) -> None:
        """Yesterday is settled; the punch of today can still be taken back."""
        self._change(person_id, lambda one: replace(one, question=None, until_s=one.undo_until_s))

    def move_answer(self, person_id: int, minutes: int, now_s: float) -> None:
        """Shift the answer about yesterday, within the day; the time to answer starts anew."""

        def moved(offer: Offer) -> Offer:
            if offer.question is None or offer.said is None:
                return offer
            minute = timedelta(minutes=1)
            first, last = offer.question.punch.utc + minute, offer.question.until_utc - minute
            said = min(last, max(first, offer.said + minutes * minute))
            return replace(offer, said=said, since_s=now_s, until_s=now_s + QUESTION_STAYS_S)

        self._change(person_id, moved)

    def _change(self, person_id: int, change: Callable[[Offer], Offer]) -> None:
        self._offers = [
            change(offer) if offer.person.id == person_id else offer for offer in self._offers
        ]

    def _put(self, offer: Offer) -> None:
        self.close(offer.person.id)
        self._offers = [*self._offers, offer][-MOST:]
