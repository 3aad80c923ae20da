"""Draw resources/icon/facedesk.svg into the PNG and ICO files beside it (run after changing it)."""

import os
import struct
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

FOLDER = Path(__file__).resolve().parent.parent / "resources" / "icon"
ICO_SIZES_PX = (16, 24, 32, 48, 64, 128, 256)
PNG_SIZE_PX = 512


def drawn(renderer: QSvgRenderer, size_px: int) -> bytes:
    """The icon as a square PNG file."""
    image = QImage(size_px, size_px, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload] # the stub wants bytes, Qt wants str
    return bytes(buffer.data().data())


def ico(pictures: dict[int, bytes]) -> bytes:
    """An ICO file: header, one directory entry a picture, then the PNG files themselves."""
    offset = 6 + 16 * len(pictures)
    head = struct.pack("<HHH", 0, 1, len(pictures))
    for size_px, png in pictures.items():
        side = size_px % 256  # 0 stands for 256
        head += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(png), offset)
        offset += len(png)
    return head + b"".join(pictures.values())


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QGuiApplication([])
    renderer = QSvgRenderer(str(FOLDER / "facedesk.svg"))
    (FOLDER / "facedesk.png").write_bytes(drawn(renderer, PNG_SIZE_PX))
    pictures = {size_px: drawn(renderer, size_px) for size_px in ICO_SIZES_PX}
    (FOLDER / "facedesk.ico").write_bytes(ico(pictures))
    del application


if __name__ == "__main__":
    main()
