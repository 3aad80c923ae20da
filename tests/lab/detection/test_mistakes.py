"""False faces of the training side, found, kept and shown again."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facedesk.core.records import Face
from facedesk.lab.detection.mistakes import FILE, Mistakes, find, read_mistakes
from facedesk.lab.detection.scenes import compose, sources
from tests.lab.detection.test_scenes import BOX, bank

POINTS = np.zeros((5, 2), np.float32)


class Twice:
    """Sees the labelled face of the test bank, and a second one that is not there."""

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        x1, y1, x2, y2 = (float(value) for value in BOX[0])
        return [Face((x1, y1, x2, y2), POINTS, 0.9), Face((150, 150, 190, 210), POINTS, 0.4)]

    def close(self) -> None:
        pass


def test_only_what_touches_no_face_is_a_mistake_and_the_test_side_is_left_alone() -> None:
    pictures = bank("lfw", 3)
    pictures.is_test[1] = True
    found = find(pictures, (Twice(),))
    assert found.picture.tolist() == [0, 2]
    # A square around the false face, cut at the picture's border.
    assert found.square.tolist() == [[134, 144, 200, 200]] * 2


def test_mistakes_are_kept_in_the_folder_of_their_bank(tmp_path: Path) -> None:
    assert len(read_mistakes(tmp_path)) == 0
    np.savez(tmp_path / FILE, picture=np.array([4]), square=np.array([[1, 2, 30, 40]]))
    found = read_mistakes(tmp_path)
    assert found.picture.tolist() == [4]
    assert found.square.tolist() == [[1, 2, 30, 40]]


def test_what_was_mistaken_is_shown_again_without_a_label() -> None:
    banks = {name: bank(name, 2) for name in ("lfw", "clips", "crops", "scenes")}
    # One bright corner, which nothing else of these grey banks has.
    banks["lfw"].pixels.reshape(2, 200, 200, 3)[0, 150:200, 150:200] = 255
    mistaken = {"lfw": Mistakes(np.array([0]), np.array([[150, 150, 200, 200]]))}
    seen = with_faces = 0
    for seed in range(30):
        scene = compose(sources(banks, mistaken), 128, seed)
        seen += int((scene.image.min(axis=2) > 200).mean() > 0.01)
        with_faces += int(scene.labels.certain.any())
    assert seen >= 5
    assert with_faces >= 5
