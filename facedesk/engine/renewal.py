"""Very safe check-ins become samples, where the organisation and the person have agreed."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from facedesk.core.clock import Clock
from facedesk.core.consent import ConsentAnswer
from facedesk.core.errors import FaceDeskError
from facedesk.core.facts import Fact, PunchCancelled, PunchRecorded
from facedesk.core.operating_point import ImpostorTail
from facedesk.core.records import Identification, Method, Probe, Punch, Sample, Vector
from facedesk.core.renewal import MOST_AUTOMATIC, Known, may_renew
from facedesk.engine.kiosk import UNDO_S
from facedesk.settings import Settings
from facedesk.store.consents import Consents
from facedesk.store.negatives import StoredNegatives
from facedesk.store.people import People
from facedesk.store.renewals import Renewals
from facedesk.vision.pictures import encode_jpeg

log = logging.getLogger(__name__)
_WAIT_S = UNDO_S + 5.0  # until nobody can say "not me" any more


@dataclass(frozen=True, slots=True)
class _Proposal:
    punch: Punch
    how: Identification
    probe: Probe
    due_s: float


class Renewal:
    """Hears of check-ins and renews samples. Usable from any thread.

    A check-in waits until it cannot be taken back any more; what waits at the end of the program is
    forgotten.
    """

    def __init__(
        self,
        people: People,
        renewals: Renewals,
        negatives: StoredNegatives,
        consents: Consents,
        settings: Callable[[], Settings],
        clock: Clock,
    ) -> None:
        self._people = people
        self._renewals = renewals
        self._negatives = negatives
        self._consents = consents
        self._settings = settings
        self._clock = clock
        self._tail: ImpostorTail | None = None
        self._waiting: dict[int, _Proposal] = {}  # by punch

    def use(self, tail: ImpostorTail) -> None:
        """The tail of the model that recognises now."""
        self._tail = tail

    def hear(self, fact: Fact) -> None:
        """Note a check-in or that it was taken back, and settle what is due."""
        if isinstance(fact, PunchCancelled):
            self._waiting.pop(fact.punch.id, None)
        if not self._settings().renew_samples:
            self._waiting.clear()
            return
        if isinstance(fact, PunchRecorded):
            self._propose(fact.punch, fact.how)
        self.settle()

    def _propose(self, punch: Punch, how: Identification | None) -> None:
        if how is not None and how.method is Method.FACE and how.probe is not None:
            due_s = self._clock.monotonic_s() + _WAIT_S
            self._waiting[punch.id] = _Proposal(punch, how, how.probe, due_s)

    def settle(self) -> None:
        """Renew from the check-ins that were not taken back in time."""
        now_s = self._clock.monotonic_s()
        for number in [n for n, one in list(self._waiting.items()) if one.due_s <= now_s]:
            proposal = self._waiting.pop(number, None)
            if proposal is None:
                continue
            try:
                self._consider(proposal)
            except FaceDeskError as error:  # the kiosk goes on without
                log.error("renewal from punch %d: %s", number, error.title)

    def _consider(self, proposal: _Proposal) -> None:
        person_id, probe = proposal.punch.person_id, proposal.probe
        consent = self._consents.of(person_id)
        if consent is None or consent.answer is not ConsentAnswer.GIVEN:
            return
        # Whose name was once given to somebody else is easily mistaken: no face is safe enough.
        if self._tail is None or self._negatives.list(person_id):
            return
        settings = self._settings()
        if not may_renew(
            proposal.how,
            probe.vector,
            probe.quality,
            self._known(person_id, probe.contract, probe.vector.size),
            self._tail,
            settings.runner_up_margin,
            self._clock.utc(),
        ):
            return
        sample = Sample(
            0,
            person_id,
            probe.contract,
            probe.vector,
            f"check-in:{proposal.punch.id}",
            encode_jpeg(probe.crop, 90) if settings.keep_crops else b"",
            self._clock.utc(),
        )
        self._renewals.renew(sample, proposal.punch.id, proposal.how.score, MOST_AUTOMATIC)
        log.info("person %d: a sample renewed from punch %d", person_id, proposal.punch.id)

    def _known(self, person_id: int, contract: str, dimension: int) -> Known:
        renewals = self._renewals.of_person(person_id)
        automatic = {renewal.sample_id for renewal in renewals}
        samples = [one for one in self._people.samples(person_id) if one.contract == contract]

        def stacked(chosen: list[Sample]) -> Vector:
            vectors = [one.vector for one in chosen]
            return np.stack(vectors) if vectors else np.empty((0, dimension), np.float32)

        return Known(
            stacked([one for one in samples if one.id not in automatic]),
            stacked([one for one in samples if one.id in automatic]),
            [renewal.created_utc for renewal in renewals],
        )
