"""`bench attacks`: pictures of enrolled people before the kiosk, through the real pipeline."""

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from facedesk.commands.place import echo_json
from facedesk.core.facts import Fact, LivenessRefused, PunchDeclined, PunchRecorded, SourceEnded
from facedesk.core.records import Image, Person
from facedesk.engine.desk import Desk
from facedesk.engine.liveness import Policy
from facedesk.paths import DataPaths
from facedesk.settings import Settings
from facedesk.vision.camera import Given

if TYPE_CHECKING:
    from facedesk.lab.liveness.videos import Attack, Material

_SHARED = Path(__file__).resolve().parents[3] / "shared"
_PAUSE_FRAMES, _PAUSE_S = 4, 30.0  # nobody there: visits, cooldown and cool-off are over
_SEED = 20261125


@dataclass(frozen=True, slots=True)
class Trial:
    """One walk up to the kiosk. `kind` "live" or the attack's; `person` is whose face is seen."""

    kind: str
    person: str
    frames: Callable[[], Iterator[Image]]


@dataclass(slots=True)
class Ending:
    """How a trial ended. `punched_s` counts from its first frame."""

    trial: Trial
    punched_s: float | None = None
    refused_by: str = ""


class TrialClock:
    """Stands still but for the frames that are read."""

    def __init__(self) -> None:
        self._start = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
        self._s = 0.0

    def utc(self) -> datetime:
        return self._start + timedelta(seconds=self._s)

    def monotonic_s(self) -> float:
        return self._s

    def advance(self, seconds: float) -> None:
        self._s += seconds


class TrialSource:
    """The trials as one video, an empty wall between them; a camera that ends."""

    name = identity = "trials"
    live = False

    def __init__(self, trials: Sequence[Trial], clock: TrialClock, fps: float) -> None:
        self.endings: list[Ending] = []
        self._clock = clock
        self._fps = fps
        self._frames = self._all(trials)
        self._began_s = 0.0

    def hear(self, fact: Fact) -> None:
        """Called in the recognise thread while the reader waits for it (lockstep)."""
        if not self.endings:
            return
        ending = self.endings[-1]
        if isinstance(fact, LivenessRefused):
            ending.refused_by = ending.refused_by or fact.refused_by
        elif (
            isinstance(fact, PunchRecorded | PunchDeclined)
            and fact.person.name == ending.trial.person
            and ending.punched_s is None
        ):
            ending.punched_s = self._clock.monotonic_s() - self._began_s

    def open(self) -> Given:
        return Given(640, 480, self._fps, "", "trials")

    def read(self) -> Image | None:
        return next(self._frames, None)

    def close(self) -> None:
        pass

    def _all(self, trials: Sequence[Trial]) -> Iterator[Image]:
        for trial in trials:
            self.endings.append(Ending(trial))
            self._began_s = self._clock.monotonic_s()
            for image in trial.frames():
                self._clock.advance(1 / self._fps)
                yield image
            for _ in range(_PAUSE_FRAMES):
                self._clock.advance(_PAUSE_S)
                yield np.full((480, 640, 3), 128, np.uint8)


def run_trials(
    trials: Sequence[Trial], enrol: Path, policy: Policy, fps: float = 20.0
) -> list[Ending]:
    """Enrol everybody of `enrol` (a folder of pictures a person) and play the trials."""
    from facedesk.app import build_desk

    with tempfile.TemporaryDirectory(prefix="facedesk-trials-") as folder:
        clock = TrialClock()
        source = TrialSource(trials, clock, fps)
        settings = replace(Settings(), liveness=policy.value, zone="UTC", keep_crops=False)
        desk = build_desk(
            DataPaths(Path(folder)).prepare(),
            settings,
            clock,
            open_source=lambda _settings: source,
            lockstep=True,
            guard_files=True,
        )
        try:
            for person in sorted(enrol.iterdir()):
                _enrol(desk, person)
            _play(desk, source)
        finally:
            desk.stop()
    return source.endings


def _enrol(desk: Desk, folder: Path) -> None:
    drafts = []
    for picture in sorted(folder.iterdir()):
        examined = desk.enrolment.examine_file(picture)
        if examined.faces:
            largest = max(range(len(examined.faces)), key=lambda n: examined.faces[n].face.area_px)
            drafts.append(desk.enrolment.draft(examined, largest))
    desk.enrolment.enrol(Person(0, folder.name), drafts)


def _play(desk: Desk, source: TrialSource) -> None:
    import threading

    over = threading.Event()

    def hear(fact: Fact) -> None:
        source.hear(fact)
        if isinstance(fact, SourceEnded):
            over.set()

    desk.listen(hear)
    desk.start()
    over.wait()


@click.command()
@click.option("--trials", default=25, show_default=True, help="Of each kind of attack.")
@click.option("--frames", default=32, show_default=True, help="Of each attack, 20 a second.")
@click.option("--live", default=40, show_default=True, help="Visits of living people.")
@click.option(
    "--policy",
    "policies",
    multiple=True,
    type=click.Choice([policy.value for policy in Policy]),
    default=(Policy.OFF.value, Policy.PASSIVE.value),
    show_default=True,
)
@click.option("--shared", type=click.Path(path_type=Path), default=_SHARED, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def attacks(
    trials: int, frames: int, live: int, policies: tuple[str, ...], shared: Path, as_json: bool
) -> None:
    """Hold pictures of enrolled people before the kiosk, as videos, and count who gets in.

    Needs the lab and its data. The people were never learned from.
    """
    made = [*_live_trials(shared, live), *_attack_trials(shared, trials, frames)]
    results = {}
    for policy in policies:
        endings = run_trials(made, shared / "data" / "webcam" / "enrol", Policy(policy))
        results[policy] = _summary(endings)
    if as_json:
        echo_json(results)
        return
    for policy, rows in results.items():
        click.echo(f"policy: {policy}")
        for kind, row in rows.items():
            click.echo(
                f"  {kind:<26}" + "  ".join(f"{name} {value}" for name, value in row.items())
            )


def _summary(endings: Sequence[Ending]) -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for kind in dict.fromkeys(ending.trial.kind for ending in endings):
        of = [ending for ending in endings if ending.trial.kind == kind]
        times_s = [ending.punched_s for ending in of if ending.punched_s is not None]
        refused = Counter(ending.refused_by for ending in of if ending.punched_s is None)
        rows[kind] = {
            "trials": len(of),
            "accepted": len(times_s),
            "refused": sum(count for by, count in refused.items() if by),
            "undecided": refused[""],
        }
        if times_s:
            median_s, slow_s = np.percentile(times_s, (50, 95))
            rows[kind] |= {"median_s": round(float(median_s), 2), "p95_s": round(float(slow_s), 2)}
    return rows


def _live_trials(shared: Path, most: int) -> list[Trial]:
    from facedesk.lab.liveness.data import clip_frames
    from facedesk.lab.liveness.split import CHECK_NUAA

    found = []
    for path in sorted((shared / "data" / "webcam" / "real").glob("*.mp4")):
        person, _, _ = path.stem.split("_")
        if person not in CHECK_NUAA:
            continue
        frames = list(clip_frames(path))
        for start in range(0, len(frames) - 30, 30):
            part = frames[start : start + 30]
            found.append(Trial("live", person, partial(_copies, part)))
    random.Random(_SEED).shuffle(found)
    return found[:most]


def _attack_trials(shared: Path, each: int, frames: int) -> list[Trial]:
    from facedesk.lab.liveness.split import CHECK_NUAA
    from facedesk.lab.liveness.videos import ATTACKS, materials, stock

    of = stock(shared, CHECK_NUAA)
    found = []
    for number, (kind, attack) in enumerate(ATTACKS.items()):
        for trial, (person, material) in enumerate(materials(of, each, _SEED + number)):
            seed = (_SEED, number, trial)
            found.append(Trial(kind, person, partial(_played, attack, material, seed, frames)))
    return found


def _copies(frames: Sequence[Image]) -> Iterator[Image]:
    """A session makes its frames read-only and plays them more than once."""
    return (frame.copy() for frame in frames)


def _played(
    attack: "Attack", material: "Material", seed: tuple[int, ...], frames: int
) -> Iterator[Image]:
    return attack(material, np.random.default_rng(seed), frames)
