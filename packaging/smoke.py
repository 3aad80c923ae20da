"""Try the BUILT program: enrol a face, watch a video, open the window, demand that all is well.

    python packaging/smoke.py [--program dist/facedesk/facedesk] [--picture FACE.png]

Needs a detector and an embedder: those built in from `models/`, or those that FACEDESK_MODELS names
(by default `../shared/models`, where it exists). Everything happens in an empty data folder that is
removed afterwards.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
SHARED_MODELS = ROOT.parent / "shared" / "models"
NAME = "Élodie 王"
FPS = 30
SIZE_PX = (1280, 720)
LIMIT_S = 120


class SmokeError(Exception):
    """The built program did not do what it must."""


def face_picture(given: Path | None) -> "np.ndarray[Any, Any]":
    """The picture to work with, BGR uint8; scikit-image's public-domain portrait by default."""
    if given is None:
        from skimage.data import astronaut

        return np.ascontiguousarray(astronaut()[..., ::-1])
    picture = cv2.imread(str(given))
    if picture is None:
        raise SmokeError(f"{given} is not a picture")
    return np.asarray(picture)


def write_video(picture: "np.ndarray[Any, Any]", path: Path, seconds: float = 3.0) -> None:
    """Somebody comes near, stands before the desk for a while, and a second of empty room."""
    width_px, height_px = SIZE_PX
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), FPS, SIZE_PX)
    if not writer.isOpened():
        raise SmokeError(f"cannot write the video {path}")
    frames = round(seconds * FPS)
    for number in range(frames + FPS):
        room = np.full((height_px, width_px, 3), 96, np.uint8)
        if number < frames:
            side_px = round(height_px * (0.75 + 0.2 * number / frames))
            person = cv2.resize(picture, (side_px, side_px), interpolation=cv2.INTER_AREA)
            left_px = (width_px - side_px) // 2 + round(20 * np.sin(number / 7))
            room[height_px - side_px :, left_px : left_px + side_px] = person
        writer.write(room)
    writer.release()


def call(program: Path, data: Path, *arguments: str) -> str:
    """Standard output of one run. Raises SmokeError unless it exits with 0 and a silent stderr."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTHON")
    }
    environment["QT_QPA_PLATFORM"] = "offscreen"  # the window opens, and nobody has to see it
    if SHARED_MODELS.is_dir():
        environment.setdefault("FACEDESK_MODELS", str(SHARED_MODELS))
    command = [str(program), "--data-dir", str(data), *arguments]
    shown = " ".join(["facedesk", *arguments])
    started_s = time.monotonic()
    try:
        done = subprocess.run(
            command, cwd=data.parent, env=environment, stdin=subprocess.DEVNULL,
            capture_output=True, encoding="utf-8", timeout=LIMIT_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise SmokeError(f"`{shown}` did not end within {LIMIT_S} s") from error
    if done.returncode or done.stderr:
        raise SmokeError(
            f"`{shown}` exit code {done.returncode}, stderr:\n{done.stderr}stdout:\n{done.stdout}"
        )
    print(f"smoke: ok   {shown} ({time.monotonic() - started_s:.1f} s)", flush=True)
    return done.stdout


def demand(events: Sequence[dict[str, Any]]) -> None:
    """What `watch --json` must have told. Raises SmokeError that names what is missing."""
    punches = [event for event in events if event["event"] == "punch_recorded"]
    if [(punch["name"], punch["direction"]) for punch in punches] != [(NAME, "in")]:
        raise SmokeError(f"{NAME} was not checked in exactly once: {events}")
    if any(event["event"] == "unknown_seen" for event in events):
        raise SmokeError(f"{NAME} was also taken for a stranger: {events}")
    last = events[-1]
    if last["event"] != "stopped" or last["stuck_threads"]:
        raise SmokeError(f"no clean shutdown: {last}")
    if not last["frames_recognised"]:
        raise SmokeError(f"no frame was processed: {last}")


def smoke(program: Path, picture: Path | None) -> None:
    if not program.is_file():
        raise SmokeError(f"{program} is not there; build it with `packaging/dev.py build`")
    with tempfile.TemporaryDirectory(prefix="facedesk-smoke-") as folder:
        place = Path(folder)
        face = face_picture(picture)
        cv2.imwrite(str(place / "face.png"), face)
        write_video(face, place / "visit.avi")
        data = place / "data"
        call(program, data, "--version")
        call(program, data, "enroll", "--name", NAME, str(place / "face.png"))
        video = str(place / "visit.avi")
        told = call(program, data, "watch", "--source", video, "--headless", "--json")
        events = [json.loads(line) for line in told.splitlines()]
        demand(events)
        print(f"smoke: ok   {events[-1]['frames_recognised']} frames, checked in: {NAME}")
        if NAME not in call(program, data, "export"):
            raise SmokeError("the punch is not in the exported day")
        shown = call(program, data, "demo", "--for", "3")
        if "stopped cleanly" not in shown:
            raise SmokeError(f"the window of the demonstration did not close cleanly:\n{shown}")


def main() -> int:
    suffix = ".exe" if os.name == "nt" else ""
    built = ROOT / "dist" / "facedesk" / f"facedesk{suffix}"
    parser = argparse.ArgumentParser(description="Try the built program.")
    parser.add_argument("--program", type=Path, default=built)
    parser.add_argument("--picture", type=Path, help="a picture with one face")
    chosen = parser.parse_args()
    try:
        smoke(chosen.program.resolve(), chosen.picture)
    except SmokeError as error:
        print(f"smoke: FAILED: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
