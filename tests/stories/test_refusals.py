"""Planted bad pictures: which share of each kind the enrolment refuses, printed as a table (-s)."""

from pathlib import Path

import pytest

from facedesk.app import build_desk
from facedesk.core.clock import SystemClock
from facedesk.core.errors import BadInputError
from facedesk.core.records import Image
from facedesk.engine.enrolment import Enrolment
from facedesk.lab.spoil import (
    blurred,
    cartoon,
    dark,
    fog,
    grainy,
    half_a_face,
    nobody,
    shaken,
    tiny,
    two_faces,
    white,
)
from facedesk.paths import DataPaths
from facedesk.settings import Settings
from facedesk.vision.pictures import read_picture

pytestmark = [pytest.mark.model, pytest.mark.data]
_PEOPLE = 40


# The least share that must be refused.
LEAST = {
    blurred: 0.9,
    grainy: 0.9,
    shaken: 0.9,
    tiny: 0.9,
    dark: 0.9,
    white: 0.9,
    fog: 0.9,
    half_a_face: 0.9,
    cartoon: 0.9,
    two_faces: 0.9,
    nobody: 1.0,
}


@pytest.fixture
def enrolment(tmp_path: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Enrolment:
    """As it is shipped, with MediaPipe's face mesh."""
    monkeypatch.setenv("FACEDESK_MODELS", str(models_dir))
    desk = build_desk(DataPaths(tmp_path / "data").prepare(), Settings(), SystemClock())
    return desk.enrolment


def test_bad_pictures_are_refused_and_good_ones_are_not(
    enrolment: Enrolment, shared_dir: Path
) -> None:
    folder = shared_dir / "data/lfw/images"
    if not folder.is_dir():
        pytest.skip("no LFW pictures on this machine")
    pictures: list[Image] = []
    tried = 0
    for own in sorted(folder.iterdir()):
        tried += 1
        image = read_picture(next(iter(sorted(own.iterdir()))))
        if not refusal(enrolment, image):
            pictures.append(image)
        if len(pictures) == _PEOPLE:
            break
    print(f"\n{'kind':<12} refused  first reason")
    print(f"{'good':<12} {100 * (1 - _PEOPLE / tried):6.1f} %")
    assert _PEOPLE / tried > 0.85
    short = []
    for spoil, least in LEAST.items():
        reasons = [refusal(enrolment, spoil(image, k)) for k, image in enumerate(pictures)]
        share = sum(bool(reason) for reason in reasons) / len(reasons)
        usual = max(set(reasons), key=reasons.count)
        print(f"{spoil.__name__:<12} {100 * share:6.1f} %  {usual}")
        if share < least:
            short.append(spoil.__name__)
    webcam = sorted((shared_dir / "data/webcam/enrol").glob("*/*.jpg"))
    refused = [file for file in webcam if refusal(enrolment, read_picture(file))]
    print(f"{'good, webcam':<12} {len(refused)} of {len(webcam)}")
    enrolment.close()
    assert short == refused == []


def refusal(enrolment: Enrolment, image: Image) -> str:
    """Why the picture is refused, '' when it is not."""
    try:
        enrolment.draft(enrolment.examine(image, "test"))
    except BadInputError as error:
        return f"{error.title} {error.message}"
    return ""
