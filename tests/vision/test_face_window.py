import numpy as np
import pytest

from facedesk.vision.face_window import cut_window, window


def ramp(width: int = 200, height: int = 150) -> np.ndarray:
    """Blue is the column, green the row."""
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = np.arange(width)
    image[..., 1] = np.arange(height)[:, None]
    return image


def test_the_window_is_a_square_around_the_middle_of_the_face() -> None:
    assert window((80.0, 50.0, 120.0, 110.0), 2.0) == (50.0, 30.0, 100.0)


def test_what_is_cut_lies_where_it_should() -> None:
    cut = cut_window(ramp(), (90, 60, 110, 80), 2.0, 40)
    assert cut.shape == (40, 40, 3)
    assert (cut[0, 0, 0], cut[0, 0, 1]) == (80, 50)
    assert (cut[39, 39, 0], cut[39, 39, 1]) == (119, 89)


@pytest.mark.parametrize(
    ("box", "spot", "colour"),
    [
        ((0, 60, 20, 80), (20, 0), 0),  # left of the picture: its first column goes on
        ((180, 60, 200, 80), (20, 39), 199),
        ((-400, 60, -380, 80), (20, 20), 0),  # wholly outside
        ((900, 60, 920, 80), (20, 20), 199),
    ],
)
def test_where_the_picture_ends_its_border_goes_on(
    box: tuple[float, float, float, float], spot: tuple[int, int], colour: int
) -> None:
    cut = cut_window(ramp(), box, 2.0, 40)
    assert cut.shape == (40, 40, 3)
    assert abs(int(cut[*spot, 0]) - colour) <= 1


def test_the_scale_does_not_depend_on_where_the_face_is() -> None:
    """A disc of the face's size covers the same pixels in the middle and in a corner."""
    for x, y in ((100, 75), (20, 20), (195, 140)):
        image = np.zeros((150, 200, 3), np.uint8)
        image[max(0, y - 5) : y + 5, max(0, x - 5) : x + 5] = 255
        cut = cut_window(image, (x - 10, y - 10, x + 10, y + 10), 2.7, 81)
        inside = cut[28:53, 28:53].mean() / 255
        assert 0.25 < inside < 1.0
        assert cut[40, 40].min() == 255
