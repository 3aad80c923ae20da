"""Picture files: any usual kind in, BGR uint8 upright out; JPEG bytes for what is stored."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from facedesk.core.errors import BadInputError
from facedesk.core.language import tr
from facedesk.core.records import Image

LARGEST_PIXELS = 100_000_000
LARGEST_BYTES = 200_000_000
PICTURE_SUFFIXES = frozenset(
    {
        ".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".heic",
        ".heif",
    }
)  # fmt: skip

_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")
# What stands behind the size of the first box of a file as telephones take it (ISO 23008-12).
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")
# Pillow's own limit only warns up to its double; `_decode` refuses by LARGEST_PIXELS instead.
Pillow.MAX_IMAGE_PIXELS = None
# It also warns of every oddity in a file's metadata, which is neither news nor trouble here.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")

_NO_PICTURE = "Choose a JPEG, HEIC, PNG, WebP, BMP, TIFF or GIF file."


def read_picture(path: Path) -> Image:
    """A picture file as BGR uint8 (H, W, 3), upright, owned by the caller.

    The EXIF rotation is applied; of an animation the first frame is taken; transparent parts become
    white; grey, palette, CMYK and 16-bit pictures are converted. The size is checked before
    anything is decoded. Raises BadInputError.
    """
    title = tr("The picture cannot be read")
    with readable(path, title):
        size_bytes = path.stat().st_size
        if size_bytes > LARGEST_BYTES:
            raise BadInputError(
                title,
                tr("{file} is larger than 200 MB.", file=path.name),
                tr("Save it smaller."),
            )
        with path.open("rb") as file:
            return _decode(file, path.name, size_bytes)


@contextmanager
def readable(path: Path, title: str) -> Iterator[None]:
    """What the system has against reading the file becomes a BadInputError."""
    try:
        yield
    except FileNotFoundError as error:
        raise BadInputError(
            tr("The file does not exist"),
            tr("There is no {path}.", path=path),
            tr("Check the spelling of the path."),
        ) from error
    except IsADirectoryError as error:
        raise BadInputError(
            title, tr("{path} is a folder.", path=path), tr("Choose a file in it.")
        ) from error
    except OSError as error:
        raise BadInputError(title, f"{path}: {error.strerror or error}") from error


def decode(data: bytes) -> Image:
    """A picture from memory, treated as `read_picture` does."""
    return _decode(BytesIO(data), tr("The picture"), len(data))


def encode_jpeg(image: Image, quality: int = 90) -> bytes:
    """BGR uint8 (H, W, 3) as JPEG bytes; `quality` 1 to 100. Raises ValueError for other arrays."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
        raise ValueError(f"expected (H, W, 3) uint8, got {image.shape} {image.dtype}")
    worked, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not worked:
        raise ValueError(f"OpenCV did not encode a picture of {image.shape}")
    return data.tobytes()


def _decode(file: IO[bytes], name: str, size_bytes: int) -> Image:
    title = tr("The picture cannot be read")
    if not size_bytes:
        raise BadInputError(title, tr("{file} is empty.", file=name), tr(_NO_PICTURE))
    try:
        with Pillow.open(file, formats=_formats(file)) as picture:
            if picture.width * picture.height > LARGEST_PIXELS:
                raise BadInputError(
                    tr("The picture is too large"),
                    tr(
                        "{file} has {width} x {height} pixels; 100 megapixels are the limit.",
                        file=name,
                        width=picture.width,
                        height=picture.height,
                    ),
                    tr("Save it smaller."),
                )
            rgb = _as_rgb(ImageOps.exif_transpose(picture))
    except UnidentifiedImageError as error:
        raise BadInputError(
            title, tr("{file} is not a picture FaceDesk knows.", file=name), tr(_NO_PICTURE)
        ) from error
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, MemoryError) as error:
        # What Pillow's decoders raise for damaged files is not narrower than this.
        raise BadInputError(
            title, tr("{file} is damaged.", file=name), tr("Export it again and try once more.")
        ) from error
    return np.ascontiguousarray(np.asarray(rgb)[:, :, ::-1])


def _formats(file: IO[bytes]) -> tuple[str, ...]:
    """What the file may be. The decoder for pictures of telephones is loaded where one is met: it
    takes a quarter second.
    """
    start = file.read(12)
    file.seek(0)
    if start[4:8] != b"ftyp" or start[8:] not in _HEIF_BRANDS:
        return _FORMATS
    from pi_heif import register_heif_opener

    register_heif_opener()
    return ("HEIF",)


def _as_rgb(picture: Pillow.Image) -> Pillow.Image:
    if picture.mode.startswith("I") or picture.mode == "F":
        return _from_deep_grey(picture)
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        rgba = picture.convert("RGBA")
        white = Pillow.new("RGBA", rgba.size, "white")
        return Pillow.alpha_composite(white, rgba).convert("RGB")
    return picture.convert("RGB")


def _from_deep_grey(picture: Pillow.Image) -> Pillow.Image:
    """16-bit (and 32-bit, float) grey by its known range: Pillow's own conversion clips it."""
    values = np.asarray(picture, np.float32)
    if picture.mode == "F":
        # In float64, without what is no number: neither overflows then.
        with np.errstate(invalid="ignore"):  # a signalling NaN complains when it is widened
            wide = values.astype(np.float64)
        values = np.nan_to_num(wide, posinf=0.0, neginf=0.0)
        low, high = float(values.min()), float(values.max())
        values = (values - low) * (255.0 / max(high - low, 1e-6))
    elif values.max() > 255:
        values = values / 257.0
    return Pillow.fromarray(np.clip(values, 0, 255).astype(np.uint8), "L").convert("RGB")
