"""`bench attacks`: pictures of enrolled people before the kiosk, through the real pipeline."""

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np

from facedesk.commands.place import echo_json, json_option
from facedesk.core.facts import Fact, LivenessRefused, PunchDeclined, PunchRecorded, SourceEnded
from facedesk.core.liveness import Policy
from facedesk.core.records import Image, Person
from facedesk.engine.desk import Desk
from facedesk.paths import DataPaths, shared_dir
from facedesk.settings import Settings
from facedesk.vision.camera import Given

_PAUSE_FRAMES, _PAUSE_S = 4, 30.0  # nobody there: visits, cooldown and cool-off are over
_SEED = 20261125
_FPS = 20.0
_LIVING = "live"
_RECORDING = "recording fed in"


@dataclass(frozen=True, slots=True)
class Trial:
    """One walk up to the kiosk. `kind` "live" or the attack's; `person` is whose face is seen.

    `name` tells which clip or file is played.
    """

    kind: str
    name: str
    person: str
    frames: Callable[[], Iterator[Image]]
    fps: float = 20.0


@dataclass(slots=True)
class Ending:
    """How a trial ended. `punched_s` counts from its first frame."""

    trial: Trial
    punched_s: float | None = None
    refused_by: str = ""

    @property
    def over(self) -> bool:
        return self.punched_s is not None or bool(self.refused_by)


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

    live = False

    def __init__(
        self,
        trials: Sequence[Trial],
        clock: TrialClock,
        identity: str,
        ended: Callable[[Ending], None],
    ) -> None:
        self.name = self.identity = identity
        self.endings: list[Ending] = []
        self._clock = clock
        self._ended = ended
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
        return Given(640, 480, _FPS, "", "trials")

    def read(self) -> Image | None:
        return next(self._frames, None)

    def close(self) -> None:
        pass

    def _all(self, trials: Sequence[Trial]) -> Iterator[Image]:
        for trial in trials:
            self.endings.append(Ending(trial))
            self._began_s = self._clock.monotonic_s()
            for image in trial.frames():
                if self.endings[-1].over:
                    break
                self._clock.advance(1 / trial.fps)
                yield image
            for _ in range(_PAUSE_FRAMES):
                self._clock.advance(_PAUSE_S)
                yield np.full((480, 640, 3), 128, np.uint8)
            self._ended(self.endings[-1])


def run_trials(
    trials: Sequence[Trial],
    enrol: Path,
    policy: Policy,
    identity: str = "trials",
    ended: Callable[[Ending], None] = lambda _ending: None,
) -> list[Ending]:
    """Enrol everybody of `enrol` (a folder of pictures a person) and play the trials, as they come
    from the camera of that identity. `ended` is told each one at once.
    """
    from facedesk.app import build_desk

    with tempfile.TemporaryDirectory(prefix="facedesk-trials-") as folder:
        clock = TrialClock()
        source = TrialSource(trials, clock, identity, ended)
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
            if examined.faces[largest].quality.good:
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
@click.option("--trials", default=12, show_default=True, help="Of each kind of attack.")
@click.option("--seconds", default=8.0, show_default=True, help="How long each attack goes on.")
@click.option("--live", default=24, show_default=True, help="Visits of living people.")
@click.option(
    "--policy",
    "policies",
    multiple=True,
    type=click.Choice([policy.value for policy in Policy]),
    default=[policy.value for policy in Policy],
    show_default=True,
)
@click.option("--kind", "kinds", multiple=True, help="Of attack; all where none is named.")
@click.option("--shared", type=click.Path(path_type=Path), default=shared_dir(), show_default=True)
@click.option(
    "--videos",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".cache/attack_videos"),
    show_default=True,
    help="Where the attacks lie as video files; missing ones are made.",
)
@json_option
def attacks(
    trials: int,
    seconds: float,
    live: int,
    policies: tuple[str, ...],
    kinds: tuple[str, ...],
    shared: Path,
    videos: Path,
    as_json: bool,
) -> None:
    """Hold pictures of enrolled people before the kiosk, as videos, and count who gets in.

    Needs the lab and its data. The people were never learned from. Nobody in the living clips
    answers a challenge; their time is told beside that without a check.
    """
    living = _live_trials(shared, live)
    made = _attack_trials(shared, videos, trials, seconds, kinds)
    enrol = shared / "data" / "webcam" / "enrol"
    unguarded_s: dict[int, float] = {}
    results = {}
    for name in policies:
        policy = Policy(name)
        # Recordings come from where a recording can come from: a program that poses as a camera.
        fed = [trial for trial in made if trial.kind == _RECORDING and policy is not Policy.OFF]
        held = [trial for trial in made if trial.kind != _RECORDING and policy is not Policy.OFF]
        seen = [] if policy is Policy.ALWAYS else living
        ended = partial(_tell, name)
        endings = [
            *run_trials([*seen, *held], enrol, policy, ended=ended),
            *run_trials(fed, enrol, policy, "camera:virtual:trials", ended),
        ]
        times_s = {number: ending.punched_s for number, ending in enumerate(endings[: len(seen)])}
        if policy is Policy.OFF:
            unguarded_s = {number: at for number, at in times_s.items() if at is not None}
        added_s = [
            at - unguarded_s[number]
            for number, at in times_s.items()
            if at is not None and number in unguarded_s
        ]
        results[name] = _summary(endings, added_s)
        if not as_json:
            _print(name, results[name])
    if as_json:
        echo_json(results)


def _tell(policy: str, ending: Ending) -> None:
    """On the error output, one line a trial: a long run that is cut off has shown something."""
    trial = ending.trial
    how = f"refused by {ending.refused_by}" if ending.refused_by else "never named"
    if ending.punched_s is not None:
        how = f"accepted after {ending.punched_s:.1f} s"
    click.echo(f"{policy}: {trial.kind} ({trial.name}): {how}", err=True)


def _print(policy: str, rows: dict[str, dict[str, Any]]) -> None:
    click.echo(f"policy: {policy}")
    for kind, row in rows.items():
        click.echo(f"  {kind:<26}" + "  ".join(f"{name} {value}" for name, value in row.items()))


def _summary(endings: Sequence[Ending], added_s: Sequence[float]) -> dict[str, dict[str, Any]]:
    """By kind of trial, and "all attacks"; to the living, what the check added to their time."""
    rows: dict[str, dict[str, Any]] = {}
    for kind in dict.fromkeys(ending.trial.kind for ending in endings):
        rows[kind] = _counts([ending for ending in endings if ending.trial.kind == kind])
    of_attacks = [ending for ending in endings if ending.trial.kind != _LIVING]
    if of_attacks:
        rows["all attacks"] = _counts(of_attacks)
    if added_s:
        median_s, slow_s = np.percentile(added_s, (50, 95))
        rows[_LIVING] |= {
            "added_median_s": round(float(median_s), 2),
            "added_p95_s": round(float(slow_s), 2),
        }
    return rows


def _counts(endings: Sequence[Ending]) -> dict[str, Any]:
    """Accepted, refused by what, and those whose face never got a name."""
    refused = Counter(ending.refused_by for ending in endings if ending.punched_s is None)
    accepted = sum(ending.punched_s is not None for ending in endings)
    return {"trials": len(endings), "accepted": accepted} | {
        f"refused by {by}" if by else "never named": count for by, count in sorted(refused.items())
    }


def _live_trials(shared: Path, most: int) -> list[Trial]:
    from facedesk.lab.liveness.data import clip_frames
    from facedesk.lab.liveness.split import CHECK_NUAA

    found = []
    for path in sorted((shared / "data" / "webcam" / "real").glob("*.mp4")):
        person, _, _ = path.stem.split("_")
        if person not in CHECK_NUAA:
            continue
        frames = list(clip_frames(path))
        for start in range(0, len(frames) - 36, 37):
            part = frames[start : start + 37]
            name = f"{path.stem} from frame {start}"
            found.append(Trial(_LIVING, name, person, partial(_copies, part)))
    random.Random(_SEED).shuffle(found)
    return found[:most]


def _attack_trials(
    shared: Path, videos: Path, each: int, seconds: float, kinds: Sequence[str]
) -> list[Trial]:
    from facedesk.lab.liveness.split import CHECK_NUAA
    from facedesk.lab.liveness.videos import ATTACKS, FPS, materials, recorded, stock

    if unknown := set(kinds) - set(ATTACKS):
        raise click.BadParameter(
            f"there is no {', '.join(sorted(unknown))}. There are: {'; '.join(ATTACKS)}."
        )
    of = stock(shared, CHECK_NUAA)
    found = []
    for number, (kind, attack) in enumerate(ATTACKS.items()):
        if kinds and kind not in kinds:
            continue
        for trial, (person, material) in enumerate(materials(of, each, _SEED + number)):
            path = videos / f"{number}_{trial:03d}.avi"
            if not path.exists():
                recorded(path, attack, material, (_SEED, number, trial))
            count = round(seconds * FPS)
            fed_in = kind == _RECORDING
            played = partial(_played, path, count, fed_in)
            found.append(Trial(kind, f"{path.stem} of {person}", person, played, FPS))
    return found


def _copies(frames: Sequence[Image]) -> Iterator[Image]:
    """A session makes its frames read-only and plays them more than once."""
    return (frame.copy() for frame in frames)


def _played(path: Path, count: int, fed_in: bool) -> Iterator[Image]:
    """The file as often as it takes: forwards and backwards before a camera's noise, so that
    nothing jumps and no picture comes twice; or fed in as it is, again and again.
    """
    from facedesk.lab.liveness.data import clip_frames

    frames = list(clip_frames(path))
    camera = np.random.default_rng(count)
    for number in range(count):
        if fed_in:
            yield frames[number % len(frames)].copy()
            continue
        at = number % (2 * len(frames) - 2)
        frame = frames[at if at < len(frames) else 2 * len(frames) - 2 - at]
        noise = camera.standard_normal(frame.shape, np.float32)
        yield np.asarray(np.clip(frame + noise, 0, 255), np.uint8)
