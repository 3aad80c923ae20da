"""What people answer at the kiosk, taken from the panels to the engine."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from facedesk.core.errors import FaceDeskError
from facedesk.core.facts import Fact
from facedesk.gui.offer_panel import OfferPanel, OfferStack
from facedesk.gui.offers import Offer, Offers
from facedesk.gui.portraits import Portraits
from facedesk.gui.theme import Theme

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk

log = logging.getLogger(__name__)


class Offering:
    """Hears facts, shows panels over a widget, and does what is pressed.

    What is pressed is done at once and in the GUI thread: it is one short transaction, and must not
    wait behind an import.
    """

    def __init__(
        self,
        desk: "Desk",
        theme: Theme,
        portraits: Portraits,
        over: QWidget,
        failed: Callable[[FaceDeskError], None],
    ) -> None:
        """`failed` tells the person what could not be done."""
        self._desk = desk
        self._failed = failed
        self._offers = Offers()
        self.stack = OfferStack(theme, portraits, self._connect, over)

    def hear(self, fact: Fact) -> None:
        self._offers.hear(fact, self._now_s())

    def beat(self, scale: float, below_px: int = 0) -> None:
        """Show what stands now, above `below_px` of something else; called with every beat."""
        now_s = self._now_s()
        offers = self._offers.current(now_s)
        self.stack.show_offers(offers, now_s, self._desk.zone, scale, below_px)

    def asks(self, person_id: int | None) -> bool:
        """Whether the person is asked now what the punch is to be."""
        return any(
            offer.person.id == person_id and offer.asked is not None
            for offer in self._offers.current(self._now_s())
        )

    def settle(self) -> None:
        """Record whoever was asked and walked on, also while no camera sends frames."""
        try:
            self._desk.kiosk.settle()
        except FaceDeskError as error:
            log.error("an answer that is due was not saved: %s", error.title)

    def _now_s(self) -> float:
        return self._desk.clock.monotonic_s()

    def _connect(self, panel: OfferPanel, person_id: int) -> None:
        kiosk, offers = self._desk.kiosk, self._offers
        panel.chosen.connect(
            lambda direction: self._try(lambda: kiosk.answer(person_id, direction))
        )
        panel.undone.connect(lambda: self._with_offer(person_id, self._undo))
        panel.rejected.connect(lambda: self._with_offer(person_id, self._reject))
        panel.moved.connect(lambda minutes: offers.move_answer(person_id, minutes, self._now_s()))
        panel.stated.connect(lambda: self._with_offer(person_id, self._state))
        panel.skipped.connect(lambda: offers.answered(person_id))

    def _with_offer(self, person_id: int, act: Callable[[Offer], None]) -> None:
        for offer in self._offers.current(self._now_s()):
            if offer.person.id == person_id:
                self._try(lambda offer=offer: act(offer))  # type: ignore[misc]
                return

    def _undo(self, offer: Offer) -> None:
        if offer.punch is not None:
            self._desk.kiosk.undo(offer.punch.id)

    def _reject(self, offer: Offer) -> None:
        if offer.punch is not None:
            self._desk.kiosk.reject(offer.punch.id)
        elif offer.asked is not None:
            self._desk.kiosk.refuse(offer.person.id)
            self._offers.close(offer.person.id)

    def _state(self, offer: Offer) -> None:
        if offer.question is not None and offer.said is not None:
            self._desk.kiosk.state_departure(offer.question.punch.id, offer.said)
            self._offers.answered(offer.person.id)

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except FaceDeskError as error:
            self._failed(error)
