"""A new face model reads everybody's kept enrolment pictures, and takes over when it has read all.

Until then the old vectors stand and the kiosk goes on with the old model: nothing is stored before
the last picture is read, and a run that is cancelled or killed leaves no trace.
"""

from collections.abc import Callable

from facedesk.core.errors import FaceDeskError
from facedesk.core.records import Vector
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
