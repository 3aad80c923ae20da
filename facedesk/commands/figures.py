"""What the benchmarks print: one line a measured value."""

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import TypeVar

from rich.table import Table

from facedesk.commands.asked import print_table
from facedesk.commands.place import echo_json

Result = TypeVar("Result")
FIRST_FRAME_LINE = "first frame shown"  # printed by `bench --window-only` when it is


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `wanted` is the bound that the project set itself, for comparison."""

    what: str
    value: float
    unit: str
    wanted: float | None
    conditions: str

    @property
    def held(self) -> bool:
        return self.wanted is None or self.value < self.wanted


def machine_now() -> str:
    """What the figures depend on, besides the program."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return f"{os.cpu_count() or 1} cores, load {load}"


def print_figures(figures: Iterable[Figure], as_json: bool) -> None:
    if as_json:
        echo_json([asdict(figure) for figure in figures])
        return
    table = Table("Measured", "Value", "Wanted", "Conditions", box=None, header_style="bold")
    for figure in figures:
        wanted = "" if figure.wanted is None else f"< {figure.wanted:g} {figure.unit}"
        table.add_row(figure.what, f"{figure.value:.1f} {figure.unit}", wanted, figure.conditions)
    print_table(table)


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds that it took, and what came of it."""
    started_s = time.perf_counter()
    result = work()
    return time.perf_counter() - started_s, result


def cpu_s() -> float:
    """Of this process: what a figure would be on a machine that has nothing else to do."""
    return time.process_time()
