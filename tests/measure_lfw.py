"""A measurement, not a test: enrol and identify real people through the command line.

    FACEDESK_MODELS=../shared/models python -m tests.measure_lfw [--people 200] [--embedder NAME]

Enrols people of LFW with one picture each by `facedesk enroll --folder`, then asks `facedesk
identify --json --candidates` about one other picture of each and about as many strangers. Prints
the closed-set rank-1, and at the application's own threshold the shares of right names, wrong
names, people not named, and strangers named, with exact 95 % bounds (Clopper-Pearson).
"""

import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from facedesk.lab.metrics import clopper_pearson

SHARED = Path(__file__).resolve().parents[2] / "shared"
_CENTRE_PX = 125  # LFW shows its person in the middle of 250 x 250 pixels


@click.command()
@click.option("--people", "count", default=200, show_default=True)
@click.option("--seed", default=7, show_default=True, help="Which people are drawn.")
@click.option("--embedder", default="facedesk-embedder", show_default=True, help="Which model.")
def measure(count: int, seed: int, embedder: str) -> None:
    """Print rank-1 and what happens at the threshold, on LFW people drawn by SEED."""
    folders = [
        entry
        for entry in sorted((SHARED / "data" / "lfw" / "images").iterdir())
        if len(list(entry.iterdir())) >= 2
    ]
    random.Random(seed).shuffle(folders)
    known, strangers = folders[:count], folders[count : 2 * count]
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        for entry in known:
            (root / "staff" / entry.name).mkdir(parents=True)
            picture = sorted(entry.iterdir())[0]
            shutil.copy(picture, root / "staff" / entry.name / picture.name)
        model = ["--embedder", embedder]
        facedesk = [sys.executable, "-m", "facedesk", "--data-dir", str(root / "data")]

        def run(*arguments: str) -> str:
            done = subprocess.run(
                [*facedesk, *arguments], capture_output=True, text=True, check=False
            )
            return done.stdout

        print(run("enroll", *model, "--folder", str(root / "staff")).strip().splitlines()[-1])
        ids = {row["name"]: row["person_id"] for row in json.loads(run("people", "--json"))}
        ask = ("identify", *model, "--json", "--candidates")
        answers = json.loads(run(*ask, *(str(sorted(entry.iterdir())[1]) for entry in known)))
        others = json.loads(run(*ask, *(str(sorted(entry.iterdir())[0]) for entry in strangers)))
    rows = [
        (entry.name.replace("_", " "), _subject(row))
        for entry, row in zip(known, answers, strict=True)
    ]
    enrolled = [(name, face) for name, face in rows if name in ids]
    named = [(name, face) for name, face in enrolled if face and face["decision"] == "known"]
    rank_1 = sum(bool(face) and face["candidate_id"] == ids[name] for name, face in enrolled)
    _print("rank-1, of those enrolled", rank_1, len(enrolled))
    _print("rank-1, of all", rank_1, len(rows))
    _print("right name", sum(face["name"] == name for name, face in named), len(enrolled))
    _print("wrong name", sum(face["name"] != name for name, face in named), len(enrolled))
    _print(
        "not named (below the threshold or poor picture)", len(enrolled) - len(named), len(enrolled)
    )
    stranger_named = sum(any(f["decision"] == "known" for f in row["faces"]) for row in others)
    _print("strangers given a name", stranger_named, len(others))


def _subject(row: dict[str, Any]) -> Any:
    """The face in the middle of the picture, None where there is none."""

    def off_centre_px(face: dict[str, Any]) -> float:
        x1, y1, x2, y2 = face["box"]
        return abs((x1 + x2) / 2 - _CENTRE_PX) + abs((y1 + y2) / 2 - _CENTRE_PX)

    return min(row["faces"], key=off_centre_px, default=None)


def _print(what: str, hits: int, of: int) -> None:
    bounds = clopper_pearson(hits, of)
    share = f"{hits:>4} of {of:<4} {hits / of:7.2%}"
    print(f"{what:<48} {share}  (95 %: {bounds.low:.2%} to {bounds.high:.2%})")


if __name__ == "__main__":
    measure()
