"""What an admin does with people: enrol with consent, merge, withdraw, remove with a receipt."""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from facedesk.core.clock import Clock
from facedesk.core.consent import Consent, ConsentAnswer, ConsentText
from facedesk.core.corrections import Signature
from facedesk.core.errors import BadInputError
from facedesk.core.language import tr
from facedesk.core.records import Person
from facedesk.engine.consent_texts import ConsentTexts
from facedesk.engine.enrolment import Enrolment, SampleDraft
from facedesk.engine.hold import Hold
from facedesk.paths import DataPaths, resources_dir
from facedesk.store.consents import Consents
from facedesk.store.corrections import Corrections
from facedesk.store.credentials import Credentials
from facedesk.store.database import Database
from facedesk.store.merges import Merges
from facedesk.store.people import People
from facedesk.store.receipts import Receipt, Receipts

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ToldApart:
    """Somebody looked at both pictures and says that they show two people."""

    other_id: int
    score: float
    signature: Signature


@dataclass(frozen=True, slots=True)
class NewPerson:
    """All that the wizard gathered of somebody. `text` is what the person was asked; '' for a PIN
    or badge that was not given.
    """

    person: Person
    consent: Consent | None = None
    text: ConsentText | None = None
    drafts: tuple[SampleDraft, ...] = ()
    pin: str = ""
    badge: str = ""
    told_apart: tuple[ToldApart, ...] = ()


class Administration:
    """Use cases of the people page and of `facedesk people`. Not for the GUI thread: a PIN takes a
    tenth of a second to hash, and `enrolment` may load models.
    """

    def __init__(
        self,
        database: Database,
        corrections: Corrections,
        credentials: Credentials,
        clock: Clock,
        paths: DataPaths,
        enrolment: Callable[[], Enrolment],
    ) -> None:
        self._database = database
        self._people = People(database)
        self._credentials = credentials
        self._clock = clock
        self._folder = paths.receipts
        self._enrolment = enrolment
        self.consents = Consents(database)
        self.receipts = Receipts(database)
        self.merges = Merges(database, corrections)
        self.texts = ConsentTexts([paths.consent, resources_dir() / "consent"])
        self.hold = Hold(self._people)

    def enrol(self, new: NewPerson) -> Person:
        """Save all of it in one transaction, or nothing. Raises BadInputError.

        Without consent no face is stored, whatever drafts there are: that is refused as a bug.
        """
        declined = new.consent is not None and new.consent.answer is not ConsentAnswer.GIVEN
        if declined and new.drafts:
            raise ValueError("a face without consent")
        person = replace(new.person, created_utc=self._clock.utc())
        with self._database.transaction():
            if new.drafts:
                stored = self._enrolment().enrol(person, new.drafts)
            else:
                stored = self._people.add(person)
            if new.consent is not None:
                self.consents.record(stored.id, new.consent, new.text)
            if new.pin:
                self._credentials.set_pin(stored.id, new.pin)
            if new.badge:
                self._credentials.set_badge(stored.id, new.badge)
            for apart in new.told_apart:
                self.merges.tell_apart(stored.id, apart.other_id, apart.score, apart.signature)
        log.info("person %d enrolled with %d samples", stored.id, len(new.drafts))
        return stored

    def saver(self, consent_by: str) -> Callable[[Person, Sequence[SampleDraft]], Person]:
        """How many people are enrolled, one at a time: with the consent that was given on paper,
        which `consent_by` keeps; '' records none.
        """
        day = self._clock.utc().date()
        consent = Consent(ConsentAnswer.GIVEN, day, consent_by) if consent_by.strip() else None
        return lambda person, drafts: self.enrol(NewPerson(person, consent, drafts=tuple(drafts)))

    def check_details(self, new: NewPerson) -> None:
        """Raise BadInputError for what `enrol` would refuse; nothing is kept.

        Better told where it is typed than after the photos.
        """
        try:
            with self._database.transaction():
                self.enrol(replace(new, drafts=(), consent=None, told_apart=()))
                raise _NotMeantError
        except _NotMeantError:
            return

    def remove(self, person_id: int, who: str) -> tuple[Receipt, Path | None]:
        """Erase a person for good; the receipt comes back, and where its file lies: None where it
        could not be written. It can be printed again from the database.
        """
        return self._filed(self.receipts.remove(person_id, who))

    def withdraw(self, person_id: int, day: date, who: str) -> tuple[Receipt, Path | None]:
        """Consent was withdrawn: the face data goes, the person and the punches stay."""
        consent = Consent(ConsentAnswer.WITHDRAWN, day, who)
        return self._filed(self.receipts.withdraw(person_id, consent))

    def add_samples(self, person_id: int, drafts: tuple[SampleDraft, ...]) -> None:
        """More photos of somebody. Raises BadInputError where consent was declined or withdrawn."""
        standing = self.consents.of(person_id)
        if standing is not None and standing.answer is not ConsentAnswer.GIVEN:
            raise BadInputError(
                tr("There is no consent"),
                tr("This person does not want to be recognised by the face."),
                tr("Record the consent first."),
            )
        self._enrolment().add_samples(person_id, drafts)

    def _filed(self, receipt: Receipt) -> tuple[Receipt, Path | None]:
        path = self._folder / f"receipt-{receipt.id:06}.json"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8") as file:
                file.write(receipt.as_text() + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:  # what was erased stays erased
            log.warning("receipt %d has no file: %s", receipt.id, type(error).__name__)
            return receipt, None
        return receipt, path


class _NotMeantError(Exception):
    """Ends a transaction that was only a question."""
