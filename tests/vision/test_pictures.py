"""Pictures of every kind come out upright BGR, or are refused in words."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from facedesk.core.errors import BadInputError
from facedesk.vision.pictures import decode, encode_jpeg, read_picture

RED_BGR = (0, 0, 255)


def two_halves() -> Pillow.Image:
    """40 x 20: left half red, right half blue."""
    image = Pillow.new("RGB", (40, 20), (255, 0, 0))
    image.paste((0, 0, 255), (20, 0, 40, 20))
    return image


def near(pixel: np.ndarray, bgr: tuple[int, int, int], by: int = 12) -> bool:
    return bool((np.abs(pixel.astype(int) - bgr) <= by).all())


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "bmp", "tiff", "gif"])
@pytest.mark.parametrize("stem", ["plain", "Zoë 日本語 مرحبا हिन्दी"])
def test_every_kind_and_any_file_name(kind: str, stem: str, tmp_path: Path) -> None:
    path = tmp_path / f"{stem}.{kind}"
    two_halves().save(path, **({"lossless": True} if kind == "webp" else {}))
    image = read_picture(path)
    assert image.shape == (20, 40, 3)
    assert image.dtype == np.uint8
    assert image.flags.owndata and image.flags.c_contiguous and image.flags.writeable
    assert near(image[10, 8], RED_BGR)
    assert near(image[10, 32], (255, 0, 0))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_undone(orientation: int, tmp_path: Path) -> None:
    undo = {
        1: None,
        2: Pillow.Transpose.FLIP_LEFT_RIGHT,
        3: Pillow.Transpose.ROTATE_180,
        4: Pillow.Transpose.FLIP_TOP_BOTTOM,
        5: Pillow.Transpose.TRANSPOSE,
        6: Pillow.Transpose.ROTATE_90,
        7: Pillow.Transpose.TRANSVERSE,
        8: Pillow.Transpose.ROTATE_270,
    }[orientation]
    stored = two_halves() if undo is None else two_halves().transpose(undo)
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    image = read_picture(tmp_path / "turned.jpg")
    assert image.shape == (20, 40, 3)
    assert near(image[10, 8], RED_BGR)


def test_deep_grey_is_scaled_not_clipped(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 64, dtype=np.uint16).reshape(1, 64).repeat(8, 0)
    Pillow.fromarray(ramp).save(tmp_path / "deep.png")
    image = read_picture(tmp_path / "deep.png")
    assert np.abs(image[4, :, 1].astype(int) - np.linspace(0, 255, 64)).max() <= 1


def test_deep_colour_works(tmp_path: Path) -> None:
    deep = np.full((6, 9, 3), 40000, np.uint16)
    assert cv2.imwrite(str(tmp_path / "deep.png"), deep)
    image = read_picture(tmp_path / "deep.png")
    assert image.shape == (6, 9, 3)
    assert abs(int(image[3, 3, 0]) - 156) <= 1


def test_float_grey_that_holds_no_numbers_is_read_without_a_warning(tmp_path: Path) -> None:
    values = np.full((4, 32), 1.0, np.float32)
    values.view(np.uint32)[0, 0] = 0x7F800001  # a signalling NaN: widening it complains
    Pillow.fromarray(values, "F").save(tmp_path / "float.tiff")
    assert read_picture(tmp_path / "float.tiff").shape == (4, 32, 3)


def test_float_grey_is_scaled_to_its_range(tmp_path: Path) -> None:
    ramp = np.linspace(-2.0, 3.0, 32, dtype=np.float32).reshape(1, 32).repeat(4, 0)
    Pillow.fromarray(ramp, "F").save(tmp_path / "float.tiff")
    image = read_picture(tmp_path / "float.tiff")
    assert image[0, 0].tolist() == [0, 0, 0]
    assert image[0, -1].tolist() == [255, 255, 255]


def test_cmyk_grey_palette_and_alpha(tmp_path: Path) -> None:
    two_halves().convert("CMYK").save(tmp_path / "press.jpg", quality=95)
    assert near(read_picture(tmp_path / "press.jpg")[10, 8], RED_BGR, 40)
    two_halves().convert("L").save(tmp_path / "grey.jpg")
    assert read_picture(tmp_path / "grey.jpg").shape == (20, 40, 3)
    two_halves().convert("P", palette=Pillow.Palette.ADAPTIVE).save(tmp_path / "palette.png")
    assert near(read_picture(tmp_path / "palette.png")[10, 8], RED_BGR)
    clear = Pillow.new("RGBA", (8, 8), (255, 0, 0, 0))
    clear.paste((255, 0, 0, 255), (0, 0, 4, 8))
    clear.save(tmp_path / "clear.png")
    image = read_picture(tmp_path / "clear.png")
    assert near(image[4, 1], RED_BGR)
    assert near(image[4, 6], (255, 255, 255))


def test_an_animation_gives_its_first_frame(tmp_path: Path) -> None:
    second = Pillow.new("RGB", (40, 20), (0, 255, 0))
    two_halves().save(tmp_path / "a.gif", save_all=True, append_images=[second], duration=50)
    assert near(read_picture(tmp_path / "a.gif")[10, 8], RED_BGR)


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    Pillow.new("1", (20_000, 20_000)).save(tmp_path / "bomb.png")
    assert (tmp_path / "bomb.png").stat().st_size < 200_000
    with pytest.raises(BadInputError) as caught:
        read_picture(tmp_path / "bomb.png")
    assert "large" in caught.value.title


def test_a_little_above_the_limit_is_refused_with_its_size(tmp_path: Path) -> None:
    Pillow.new("1", (10_100, 10_000)).save(tmp_path / "big.png")
    with pytest.raises(BadInputError, match="10100 x 10000"):
        read_picture(tmp_path / "big.png")


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "huge.jpg").open("wb") as file:
        file.truncate(300_000_000)
    with pytest.raises(BadInputError, match="200 MB"):
        read_picture(tmp_path / "huge.jpg")


@pytest.mark.parametrize(
    "content", [b"", b"no picture at all", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a"]
)
def test_what_is_no_picture_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "broken.jpg"
    path.write_bytes(content)
    with pytest.raises(BadInputError) as caught:
        read_picture(path)
    assert "broken.jpg" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "tiff", "gif", "bmp"])
def test_cut_off_files_are_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"cut.{kind}"
    noise = np.random.default_rng(0).integers(0, 255, (80, 90, 3), np.uint8)
    Pillow.fromarray(noise).save(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(BadInputError):
        read_picture(path)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="does not exist"):
        read_picture(tmp_path / "none.jpg")
    with pytest.raises(BadInputError, match="is a folder"):
        read_picture(tmp_path)


def test_jpeg_bytes_go_round() -> None:
    image = np.full((30, 50, 3), (200, 100, 20), np.uint8)
    again = decode(encode_jpeg(image, 95))
    assert again.shape == image.shape
    assert np.abs(again.astype(int) - image).max() < 6
    assert len(encode_jpeg(image, 10)) < len(encode_jpeg(image, 100))


@pytest.mark.parametrize(
    "image", [np.zeros((4, 4), np.uint8), np.zeros((0, 4, 3), np.uint8), np.zeros((4, 4, 3))]
)
def test_only_bgr_pictures_are_encoded(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected"):
        encode_jpeg(image)


def test_decode_refuses_garbage() -> None:
    with pytest.raises(BadInputError):
        decode(b"garbage")


PHOTOS = Path(__file__).parents[1] / "data" / "pictures"


@pytest.mark.parametrize("file", ["two_halves.heic", "turned.heic"])
def test_photos_of_telephones_are_read_upright(file: str) -> None:
    image = read_picture(PHOTOS / file)
    assert image.shape == (40, 80, 3)
    assert near(image[20, 16], RED_BGR)
    assert near(image[20, 64], (255, 0, 0))


def test_a_damaged_photo_of_a_telephone_is_refused(tmp_path: Path) -> None:
    data = (PHOTOS / "two_halves.heic").read_bytes()
    for cut in (13, 200, len(data) - 100):
        (tmp_path / "cut.heic").write_bytes(data[:cut])
        with pytest.raises(BadInputError):
            read_picture(tmp_path / "cut.heic")
