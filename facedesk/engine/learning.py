"""What the kiosk learns after enrolment: mistakes, fresh samples, near misses."""

from collections.abc import Callable

from facedesk.core.facts import Fact
from facedesk.core.forecast import Forecast, forecast
from facedesk.core.matching import Gallery
from facedesk.core.operating_point import ImpostorTail
from facedesk.core.rules import Wanted, rules_before
from facedesk.engine.gallery import GalleryCache
from facedesk.engine.mistakes import MistakeMemory
from facedesk.engine.renewal import Renewal
from facedesk.engine.review import Review
from facedesk.settings import Settings
from facedesk.store.consents import Consents
from facedesk.store.database import Database
from facedesk.store.negatives import StoredNegatives
from facedesk.store.people import People
from facedesk.store.renewals import Renewals
from facedesk.store.reviews import StoredReviews


class Learning:
    """All of it for one database; each part is off or bounded by a setting. Usable from any
    thread.
    """

    def __init__(
        self, database: Database, people: People, settings: Callable[[], Settings]
    ) -> None:
        self._people = people
        self._model: tuple[ImpostorTail, Callable[[], Gallery]] | None = None
        self.negatives = StoredNegatives(database)
        self.renewals = Renewals(database, people)
        self.mistakes = MistakeMemory(self.negatives, lambda: settings().mistake_days)
        self.review = Review(
            people, StoredReviews(database), lambda: settings().review_days, database.clock
        )
        self._renewal = Renewal(
            people, self.renewals, self.negatives, Consents(database), settings, database.clock
        )

    def use(self, tail: ImpostorTail, gallery: Callable[[], Gallery]) -> None:
        """Learn with this model from now on: its tail, and whom it knows."""
        self._model = tail, gallery
        self.negatives.erase_expired()
        self._renewal.use(tail)
        self.review.use(tail, gallery)

    def hear(self, fact: Fact) -> None:
        """What happens at the kiosk, from whatever thread."""
        self._renewal.hear(fact)
        self.review.hear(fact)

    def forecast(self, settings: Settings) -> Forecast | None:
        """What these settings would mean for the people enrolled now; None before a model runs."""
        if self._model is None:
            return None
        tail, gallery = self._model
        everybody = gallery()
        wanted_fpir = 1 / settings.stranger_visits_per_name
        wanted = Wanted(wanted_fpir, settings.runner_up_margin, settings.votes)
        return forecast(everybody, *rules_before(everybody, tail, wanted))

    def gallery(self, contract: str) -> GalleryCache:
        """The people of one model, with the faces that were mistaken for them."""
        return GalleryCache(self._people, contract, self.negatives, self.renewals)
