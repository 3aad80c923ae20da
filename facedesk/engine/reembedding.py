"""A new face model reads everybody's kept enrolment pictures, and takes over when it has read all.

Until then the old vectors stand and the kiosk goes on with the old model: nothing is stored before
the last picture is read, and a run that is cancelled or killed leaves no trace.
"""

from collections.abc import Callable
from dataclasses import replace

from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.core.records import Vector
from facedesk.engine.world import LoadedModels
from facedesk.settings import Settings
from facedesk.store.people import People
from facedesk.vision.align import KEPT_TEMPLATE
from facedesk.vision.embed import Embedder
from facedesk.vision.pictures import decode

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
    """Which embedder is in force while the settings name one that nobody is known to yet."""

    def __init__(self, people: People, load: "Callable[[Settings], LoadedModels]") -> None:
        self._people = people
        self._load = load

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
        models = self._load(settings)
        try:
            return reembed(self._people, models.embedder, progress)
        finally:
            models.detector.close()

    def _waits(self, contract: str) -> bool:
        return contract not in self._people.contracts() and bool(self._people.renewable(contract))
