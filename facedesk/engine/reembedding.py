"""A new face model reads everybody's kept enrolment pictures, and takes over when it has read all.

Until then the old vectors stand and the kiosk goes on with the old model: nothing is stored before
the last picture is read, and a run that is cancelled or killed leaves no trace.
"""

import logging
from collections.abc import Callable
from dataclasses import replace

from facedesk.core.errors import CancelledError, FaceDeskError, ModelError
from facedesk.core.language import tr
from facedesk.core.records import Vector
from facedesk.engine.world import LoadedModels
from facedesk.settings import Settings
from facedesk.store.people import People
from facedesk.vision.align import KEPT_TEMPLATE
from facedesk.vision.embed import Embedder
from facedesk.vision.pictures import decode

log = logging.getLogger(__name__)
_AT_ONCE = 16


def reembed(people: People, embedder: Embedder, progress: Callable[[int, int, str], None]) -> int:
    """Read every kept picture that another model was used for; how many vectors are new.

    `progress(done, total, "")` may raise CancelledError to stop. A picture that is damaged is left
    to the old model: its person needs new photos.
    """
    vectors: dict[int, Vector] = {}
    damaged: set[int] = set()
    while True:
        missing = [
            number
            for number in people.renewable(embedder.contract)
            if number not in vectors and number not in damaged
        ]
        for start in range(0, len(missing), _AT_ONCE):
            progress(len(vectors), len(vectors) + len(missing) - start, "")
            batch = []
            for number in missing[start : start + _AT_ONCE]:
                try:
                    picture = decode(people.crop(number))
                except FaceDeskError:
                    damaged.add(number)
                else:
                    batch.append((number, embedder.crop(picture, KEPT_TEMPLATE)))
            new = embedder.embed([crop for _, crop in batch])
            vectors.update(zip((number for number, _ in batch), new, strict=True))
        progress(len(vectors), len(vectors), "")
        if people.renew(embedder.contract, vectors, without=damaged):
            return len(vectors)


class Succession:
    """Which embedder is in force while the settings name one that nobody is known to yet.

    `replaced` says that nobody is known to any embedder that is installed, as after an update.
    `progress` is (done, total) while the successor reads at the start, else None.
    """

    def __init__(self, people: People, load: "Callable[[Settings], LoadedModels]") -> None:
        self._people = people
        self._load = load
        self.replaced = False
        self.progress: tuple[int, int] | None = None

    def models(self, settings: Settings) -> "LoadedModels":
        """The models to work with. A new embedder waits until it has read the kept pictures; where
        none are kept it starts at once, and everybody needs new photos. Raises ModelError.
        """
        models = self._load(settings)
        if not settings.embedder or not self._waits(models.embedder.contract):
            return models
        older = self._load(replace(settings, embedder=""))
        if older.embedder.contract not in self._people.contracts():  # it was uninstalled
            older.detector.close()
            return models
        models.detector.close()
        words = tr("The new face model takes over when it has read everybody's photos.")
        return replace(older, message=" ".join(filter(None, (older.message, words))))

    def due(self, settings: Settings) -> int:
        """How many kept pictures the embedder of the settings has not read. Raises ModelError."""
        if not settings.embedder or not self._people.contracts():
            return 0
        models = self._load(settings)
        models.detector.close()
        return len(self._people.renewable(models.embedder.contract))

    def read(self, settings: Settings, progress: Callable[[int, int, str], None]) -> int:
        """Let the embedder of the settings read everybody; how many vectors are new."""
        return self._read(settings, progress)[1]

    def take_over(self, settings: Settings, stopped: Callable[[], bool]) -> FaceDeskError | None:
        """Where the embedder was replaced, let its successor read everybody's kept pictures; what
        is to be told of those whom it cannot know. Until they have new photos, they are strangers.

        Once `stopped`, nothing is read; it is tried again at the next start.
        """
        if not self.replaced:
            return None

        def going_on(done: int, total: int, _text: str) -> None:
            if stopped():
                raise CancelledError(tr("Cancelled"))
            self.progress = done, total

        try:
            contract, count = self._read(settings, going_on)
        except CancelledError:
            return None
        except FaceDeskError as error:
            log.error("nobody is known to the model, and it cannot read: %s", error.title)
            return error
        finally:
            self.progress = None
        self.replaced = False
        known = self._people.known_to(contract)
        left = sum(
            person.samples > 0 and person.id not in known
            for person in self._people.list(active_only=True)
        )
        log.info("the model was replaced; its successor read %d pictures, %d left", count, left)
        if not left:
            return None
        return ModelError(
            tr("The face model is a new one"),
            tr("People whom it does not know until they have new photos: {left:,}.", left=left),
            tr("They are marked under “People”. PIN and badge work as before."),
        )

    def _read(
        self, settings: Settings, progress: Callable[[int, int, str], None]
    ) -> tuple[str, int]:
        """The contract of the embedder that read, and how many vectors are new."""
        models = self._load(settings)
        try:
            return models.embedder.contract, reembed(self._people, models.embedder, progress)
        finally:
            models.detector.close()

    def _waits(self, contract: str) -> bool:
        return contract not in self._people.contracts() and bool(self._people.renewable(contract))
