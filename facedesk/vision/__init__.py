"""Pixels: cameras, models and everything that touches an image. No threads, no database.

This is the ONE place where `cv2` is first imported, because importing it has side effects on the
whole process that have to be undone or set up beforehand:

- On Linux its wheels point Qt at OpenCV's own Qt plugins and fonts (`QT_QPA_PLATFORM_PLUGIN_PATH`,
  `QT_QPA_FONTDIR`), with which PySide6 cannot open a window. Both are put back as they were.
- OpenCV and its FFmpeg write to stderr whatever they stumble over. FaceDesk reports the same
  trouble itself, in words that help: both are told to be silent (unless the environment objects).
- MSMF spends many seconds on hardware transforms when a camera is opened, and V4L2 waits 10 s for a
  frame of a camera that hangs; both are shortened.
"""

import os
import sys

_QT_VARIABLES = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
_before = {name: os.environ.get(name) for name in _QT_VARIABLES}
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "3")
if sys.platform == "win32":
    os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")

import cv2  # noqa: E402  (the variables above are read while it is imported)

for _name, _value in _before.items():
    if _value is None:
        os.environ.pop(_name, None)
    else:
        os.environ[_name] = _value

cv2.setNumThreads(1)  # a pool of spinning threads beside the window makes both slower
