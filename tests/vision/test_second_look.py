"""What the second look refuses, and that it leaves everything else as it is."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from facedesk.core.records import Face, Image, Quality, QualityReason
from facedesk.paths import shipped_models_dir
from facedesk.vision.detect import OnnxDetector
from facedesk.vision.landmarks import FaceLandmarks, FaceMesh
from facedesk.vision.pictures import read_picture
from facedesk.vision.refine import RefinedDetector
from facedesk.vision.runtime import open_session
from facedesk.vision.second_look import MeshLook, MirrorLook

POINTS = np.array([[120, 100], [180, 110], [148, 140], [122, 170], [170, 178]], np.float32)
FACE = Face((90, 60, 210, 220), POINTS, 0.95)
GOOD = Quality((), 120.0, 90.0, 120.0, 40.0, 1.0, 2.0, 3.0)
PICTURE = np.full((300, 300, 3), 120, np.uint8)


class Mirrored:
    """Finds FACE in the mirror of the window that `MirrorLook` cuts, `away_px` off its place."""

    def __init__(self, away_px: float = 0.0, *, blind: bool = False) -> None:
        self.away_px, self.blind, self.closed = away_px, blind, False

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        if self.blind:
            return []
        side = 2.4 * 140
        scale = image.shape[1] / side
        points = (POINTS + np.float32(self.away_px) - (150 - side / 2, 140 - side / 2)) * scale
        points[:, 0] = image.shape[1] - 1 - points[:, 0]
        return [Face((0, 0, 9, 9), points[[1, 0, 2, 4, 3]].astype(np.float32), 0.9)]

    def close(self) -> None:
        self.closed = True


class Landmarker:
    """Finds the mesh that a test wants to be found."""

    def __init__(self, *found: FaceMesh) -> None:
        self.found, self.closed = list(found), False

    def find(self, image: Image) -> list[FaceMesh]:
        return self.found

    def close(self) -> None:
        self.closed = True


def mesh(yaw_deg: float = 12.0, pitch_deg: float = -9.0, away_px: float = 0.0) -> FaceMesh:
    """A mesh whose five points lie `away_px` from those of FACE."""
    side = 1.7 * 140
    points = np.zeros((478, 3), np.float32)
    moved = POINTS + np.float32(away_px) - (150 - side / 2, 140 - side / 2)
    points[[468, 473, 1, 61, 291], :2] = moved * (224 / side)
    return FaceMesh(points, yaw_deg, pitch_deg, 0.5, 1.0, 1.0, {})


def by_mesh(*found: FaceMesh) -> Quality:
    look = MeshLook(MirrorLook(Mirrored()), Landmarker(*found))  # type: ignore[arg-type]
    return look.look(PICTURE, FACE, GOOD)


def test_what_the_mirror_confirms_stays_good() -> None:
    assert MirrorLook(Mirrored()).look(PICTURE, FACE, GOOD) == GOOD


@pytest.mark.parametrize("detector", [Mirrored(15.0), Mirrored(blind=True)])
def test_points_that_move_in_the_mirror_were_guessed(detector: Mirrored) -> None:
    assert MirrorLook(detector).look(PICTURE, FACE, GOOD).reasons == (QualityReason.UNCLEAR,)


def test_the_detector_stays_its_owners() -> None:
    detector = Mirrored()
    MirrorLook(detector).close()
    assert not detector.closed


def test_the_mesh_tells_how_the_head_is_held() -> None:
    seen = by_mesh(mesh())
    assert seen.good
    assert (seen.yaw_deg, seen.pitch_deg, seen.roll_deg) == (12.0, -9.0, 0.5)
    assert (seen.sharpness, seen.face_px) == (GOOD.sharpness, GOOD.face_px)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ([], QualityReason.UNCLEAR),
        ([mesh(away_px=20.0)], QualityReason.UNCLEAR),
        ([mesh(yaw_deg=-50.0)], QualityReason.TURNED_AWAY),
        ([mesh(pitch_deg=45.0)], QualityReason.TURNED_AWAY),
    ],
)
def test_the_mesh_refuses(found: list[FaceMesh], reason: QualityReason) -> None:
    assert by_mesh(*found).reasons == (reason,)


def test_the_mesh_is_closed_with_its_look() -> None:
    landmarker = Landmarker()
    MeshLook(MirrorLook(Mirrored()), landmarker).close()  # type: ignore[arg-type]
    assert landmarker.closed


@pytest.mark.model
@pytest.mark.data
def test_real_faces_pass_both_looks_and_half_covered_ones_do_not(
    shared_dir: Path, models_dir: Path
) -> None:
    """20 people of LFW, as they are and with grey over half of the face, by the shipped models."""
    folder = shared_dir / "data/lfw/images"
    if not folder.is_dir():
        pytest.skip("no LFW pictures on this machine")
    found_by, refined_by = (
        open_session(shipped_models_dir() / name, "cpu")[0]
        for name in ("face_detector.onnx", "landmark_refiner.onnx")
    )
    detector = RefinedDetector(OnnxDetector(found_by, smallest_face_px=40), refined_by)
    mirror = MirrorLook(detector)
    mesh = MeshLook(mirror, FaceLandmarks(models_dir / "face_landmarker.task"))
    mirrored = meshed = covered = 0
    for own in sorted(folder.iterdir())[100:120]:
        image = read_picture(min(own.iterdir()))
        face = max(detector.detect(image), key=lambda one: one.area_px)
        mirrored += mirror.look(image, face, GOOD).good
        meshed += mesh.look(image, face, GOOD).good
        x1, y1, x2, y2 = (round(side) for side in face.box)
        image = image.copy()
        image[y1:y2, x1 : (x1 + x2) // 2] = 128
        covered += mesh.look(image, face, GOOD).good
    mesh.close()
    assert min(mirrored, meshed) >= 19
    assert covered <= 3
