"""The scenery and the people of the demonstration, drawn once; and every frame made of them."""

import numpy as np

from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.core.records import Image
from facedesk.paths import resources_dir
from facedesk.vision.demo.figure import Pose
from facedesk.vision.demo.known import known_person
from facedesk.vision.demo.room import NOISE_PLACES, add_noise, draw_room, noise_tile
from facedesk.vision.demo.story import STORY_S, Actor, on_stage
from facedesk.vision.demo.stranger import stranger
from facedesk.vision.pictures import read_picture

FPS = 30.0
FRAMES = round(STORY_S * FPS)


class Stage:
    """Raises FaceDeskError without scikit-image, whose portrait the people are made of."""

    def __init__(self) -> None:
        portrait = _portrait()
        self._room = draw_room()
        self._noise = noise_tile(seed=1)
        self._figures = {
            Actor.KNOWN: known_person(portrait),
            Actor.STRANGER: stranger(portrait),
        }

    def frame(self, number: int) -> Image:
        """Frame of the story, BGR uint8 (720, 1280, 3), a new array; the story repeats itself."""
        # 1021 is prime to NOISE_PLACES: no two frames within 4096 have the same noise.
        place = number * 1021 % NOISE_PLACES
        return self.picture(on_stage(number % FRAMES / FPS), place)

    def picture(self, seen: tuple[Actor, Pose] | None, noise_place: int) -> Image:
        """The room with one person or nobody."""
        image = self._room.copy()
        if seen is not None:
            actor, pose = seen
            self._figures[actor].draw(image, pose)
        add_noise(image, self._noise, noise_place)
        return image


def _portrait() -> Image:
    """scikit-image's astronaut, BGR uint8 (512, 512, 3); a built program has just the picture."""
    built_in = resources_dir() / "demo" / "astronaut.png"
    if built_in.is_file():
        return read_picture(built_in)
    try:
        from skimage.data import astronaut

        picture = astronaut()
    except (ImportError, OSError) as error:
        raise FaceDeskError(
            tr("The demonstration needs one more package"),
            tr("It is drawn from a portrait that comes with scikit-image: {error}", error=error),
            tr('Install it with: pip install "facedesk[demo]"'),
        ) from error
    return np.ascontiguousarray(picture[..., ::-1])
