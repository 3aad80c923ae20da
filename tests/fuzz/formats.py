"""What FaceDesk reads from outside: seeds of each format, and the reader that production uses."""

import csv
import io
import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow

from facedesk import settings_file
from facedesk.core import patterns
from facedesk.core.clock import SystemClock
from facedesk.core.records import Person
from facedesk.engine import consent_texts, gallery_file
from facedesk.engine.bulk_import import plan_list
from facedesk.paths import resources_dir
from facedesk.settings import Settings
from facedesk.store import backups
from facedesk.store.database import Database
from facedesk.store.import_file import read_rows
from facedesk.store.keys import KeyFile, Keys
from facedesk.store.people import People
from facedesk.store.profiles import Profiles
from facedesk.vision.cards import read_card
from facedesk.vision.files import FileSource
from facedesk.vision.pictures import decode, encode_jpeg
from facedesk.vision.runtime import open_session
from tests.vision.networks import card_json, network

SMALL = (24, 32)  # height and width of the pictures


@dataclass(frozen=True, slots=True)
class Format:
    """`read` gets a file (in a folder of its own) that holds the input; `share` of all inputs."""

    name: str
    suffix: str
    seeds: tuple[bytes, ...]
    read: Callable[[Path], object]
    share: float = 1.0
    is_json: bool = False


def _pixels() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 255, (*SMALL, 3), np.uint8)


def _pictures() -> tuple[bytes, ...]:
    made = [encode_jpeg(_pixels(), 80)]
    rgb = Pillow.fromarray(_pixels())
    for kind, mode in (
        ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "I;16"), ("WEBP", "RGB"), ("BMP", "RGB"),
        ("TIFF", "RGB"), ("TIFF", "F"), ("GIF", "P"), ("JPEG", "CMYK"),
    ):  # fmt: skip
        buffer = io.BytesIO()
        picture = rgb.convert("L").convert("I;16") if mode == "I;16" else rgb.convert(mode)
        picture.save(buffer, kind)
        made.append(buffer.getvalue())
    return tuple(made)


def _video(folder: Path) -> tuple[bytes, ...]:
    path = folder / "seed.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for shade in (0, 90, 180):
        writer.write(np.full((48, 64, 3), shade, np.uint8))
    writer.release()
    return (path.read_bytes(),)


def _read_video(path: Path) -> None:
    source = FileSource(path)
    try:
        source.open()
        for _ in range(20):
            if source.read() is None:
                break
    finally:
        source.close()


def _settings() -> tuple[bytes, ...]:
    return (json.dumps(asdict(Settings())).encode(), b'{"votes": 5, "zone": "Europe/Berlin"}')


def _people_list() -> tuple[bytes, ...]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("name", "staff_number", "department", "file"))
    writer.writerow(("Zoë Müller", "17", "Tables", "zoe/1.jpg"))
    writer.writerow(("Zoë Müller", "17", "Tables", "../../etc/passwd"))
    return text.getvalue().encode(), b"name;file\nAda;a.jpg\n"


def _rows() -> tuple[bytes, ...]:
    return (
        b"staff_number,direction,local_time\r\n17,in,2026-03-02 08:00\r\n17,out,x\r\n",
        b'name;direction\n"A; B";in\n',
    )


def _gallery() -> tuple[bytes, ...]:
    """Sealed with a key that costs nothing to make, so that the inside is reached too."""
    header = gallery_file._header() | {"n": 2, "r": 1, "p": 1}
    prefix = gallery_file._prefix(header)
    key = gallery_file._key("passphrase", header)
    cipher = gallery_file.AESGCM(key)
    sealed = cipher.encrypt(gallery_file._bytes(header["nonce"]), b'{"people": []}', prefix)
    return (prefix + sealed,)


def _gallery_inside() -> tuple[bytes, ...]:
    entry = {
        "name": "Ada", "staff_number": "17", "department": "", "notes": "", "active": True,
        "email": "", "language": "", "start_day": "2026-03-02",
        "consent": {"answer": "given", "day": "2026-03-01", "recorded_by": "x", "text": None},
        "samples": [
            {"contract": "c", "source": "s", "vector": "AACAPwAAAAA=", "crop_jpeg": ""}
        ],
    }  # fmt: skip
    return (json.dumps({"people": [entry]}).encode(),)


def _profiles() -> tuple[bytes, ...]:
    files = sorted((resources_dir() / "profiles").glob("*.json"))
    return tuple(file.read_bytes() for file in files)


def _read_profile(path: Path) -> None:
    Profiles(path.parent, path.parent).read(path)


def _keys(path: Path) -> None:
    KeyFile(path).get("0123456789abcdef")


def _session(path: Path) -> None:
    open_session(path, "cpu")


def _backup(database: Path) -> tuple[bytes, ...]:
    database.parent.mkdir()
    with Database.open(database, clock=SystemClock()) as made:
        People(made).add(Person(0, "Ada", "17", "Tables"), [])
    return (database.read_bytes(),)


def _preview(path: Path, database: Path) -> None:
    backups.preview(path, database, Keys.beside(database), SystemClock())


def all_formats(folder: Path) -> list[Format]:
    """`folder` is a place for seeds that only a file can be made of."""
    database = Path(tempfile.mkdtemp(dir=folder)) / "data" / "facedesk.db"
    return [
        Format("picture", ".jpg", _pictures(), lambda path: decode(path.read_bytes()), 3.0),
        Format("video", ".avi", _video(folder), _read_video, 0.1),
        Format("model", ".onnx", (network(dimension=8), network(1, dimension=2)), _session, 0.5),
        Format("model card", ".json", (json.dumps(card_json()).encode(),), read_card, is_json=True),
        Format("settings", ".json", _settings(), settings_file.load, is_json=True),
        Format("people list", ".csv", _people_list(), plan_list),
        Format("rows (CSV)", ".csv", _rows(), lambda path: list(read_rows(path))),
        Format(
            "rows (JSON)", ".json", (b'[{"staff_number": "17", "direction": "in"}]',),
            lambda path: list(read_rows(path)), is_json=True,
        ),
        Format("gallery", ".fdgallery", _gallery(),
               lambda path: gallery_file._opened(path, "passphrase")),
        Format("gallery's inside", ".json", _gallery_inside(),
               lambda path: gallery_file._people_in(path.read_bytes()), is_json=True),
        Format("export profile", ".json", _profiles(), _read_profile, is_json=True),
        Format("consent text", ".txt", (b"Title\nWe ask you.",), consent_texts._read),
        Format("key file", ".key", (b"0123456789abcdef QUJD\n",), _keys),
        Format("working times", ".txt", (b"Mon-Fri 08:30-17:00", b"Mon 22:00-06:00, Tue 7h",),
               lambda path: patterns.weeks_of(path.read_bytes().decode("utf-8", "replace"))),
        Format("backup", ".db", _backup(database), lambda path: _preview(path, database), 0.1),
    ]  # fmt: skip
