"""Runs inputs through a reader and counts; anything but a FaceDeskError is raised."""

import resource
import time
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as run_settings

from facedesk.core.errors import FaceDeskError
from tests.fuzz.formats import Format
from tests.fuzz.inputs import inputs

SLOWEST_S = 5.0  # of processor time: a machine that does other work is no hang
LARGEST_GROWTH_MB = 1500.0


@dataclass(slots=True)
class Tally:
    read: int = 0
    accepted: int = 0
    refused: int = 0
    slowest_s: float = 0.0
    growth_mb: float = 0.0


def fuzz(one: Format, count: int, folder: Path, *, always_the_same: bool = False) -> Tally:
    """`count` inputs of a format, drawn anew or always the same ones. Raises whatever a reader
    raises that is no FaceDeskError, and AssertionError for an input that takes too long or too much
    memory.
    """
    tally = Tally()
    path = folder / f"input{one.suffix}"
    before_mb = _peak_mb()

    @run_settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=always_the_same,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(inputs(one.seeds, is_json=one.is_json))
    def read(data: bytes) -> None:
        path.write_bytes(data)
        begun_s = time.process_time()
        tally.read += 1
        try:
            one.read(path)
            tally.accepted += 1
        except FaceDeskError:
            tally.refused += 1
        took_s = time.process_time() - begun_s
        tally.slowest_s = max(tally.slowest_s, took_s)
        assert took_s < SLOWEST_S, f"{one.name}: {took_s:.1f} s for {len(data)} bytes"

    read()
    tally.growth_mb = _peak_mb() - before_mb
    assert tally.growth_mb < LARGEST_GROWTH_MB, f"{one.name}: {tally.growth_mb:.0f} MB more"
    return tally


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
