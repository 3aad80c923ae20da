"""`python -m tests.fuzz --inputs N [--only NAME] [--log FILE]`: the long run, with its figures.

Inputs are drawn anew each time, so a long run may be made of several: with a log each adds its
counts, and the sums of all are printed (with `--inputs 0` nothing else).
"""

import argparse
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from tests.fuzz.formats import all_formats
from tests.fuzz.harness import LARGEST_GROWTH_MB, SLOWEST_S, Tally, fuzz

_BOUNDS = (
    f"each under {SLOWEST_S:g} s of processor time, each format under {LARGEST_GROWTH_MB:,.0f} MB"
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--only", default="")
    parser.add_argument("--log", type=Path, help="Add the counts to this file.")
    arguments = parser.parse_args()
    print(f"{'format':20}{'inputs':>9}{'accepted':>10}{'refused':>9}{'slowest':>10}{'memory':>9}")
    if arguments.inputs:
        _print_sum(_run(arguments.inputs, arguments.only, arguments.log))
    if arguments.log is not None:
        print(f"\nAll runs of {arguments.log}:")
        sums = _logged(arguments.log)
        for name, tally in sums.items():
            print(_row(name, tally))
        _print_sum(sums.values())


def _run(inputs: int, only: str, log: Path | None) -> list[Tally]:
    """Raises for any input that hurts; then nothing of its format is counted."""
    tallies = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        formats = [one for one in all_formats(folder) if only in one.name]
        shares = sum(one.share for one in formats)
        for one in formats:
            begun_s = time.monotonic()
            tally = fuzz(one, max(1, round(inputs * one.share / shares)), folder)
            tallies.append(tally)
            print(f"{_row(one.name, tally)}   {time.monotonic() - begun_s:.0f} s", flush=True)
            if log is not None:
                _add(log, one.name, tally)
    return tallies


def _row(name: str, tally: Tally) -> str:
    return (
        f"{name:20}{tally.read:9,}{tally.accepted:10,}{tally.refused:9,}"
        f"{tally.slowest_s * 1000:7.0f} ms{tally.growth_mb:+6.0f} MB"
    )


def _print_sum(tallies: Iterable[Tally]) -> None:
    total = sum(tally.read for tally in tallies)
    print(f"{total:,} inputs; only FaceDeskError came out; {_BOUNDS}")


def _add(log: Path, name: str, tally: Tally) -> None:
    cells = (name, tally.read, tally.accepted, tally.refused, tally.slowest_s, tally.growth_mb)
    with log.open("a", encoding="utf-8") as file:
        file.write("\t".join(map(str, cells)) + "\n")


def _logged(log: Path) -> dict[str, Tally]:
    """The sums, the slowest and the largest of all runs, by format."""
    sums: dict[str, Tally] = {}
    for line in log.read_text(encoding="utf-8").splitlines():
        name, read, accepted, refused, slowest_s, growth_mb = line.split("\t")
        tally = sums.setdefault(name, Tally())
        tally.read += int(read)
        tally.accepted += int(accepted)
        tally.refused += int(refused)
        tally.slowest_s = max(tally.slowest_s, float(slowest_s))
        tally.growth_mb = max(tally.growth_mb, float(growth_mb))
    return sums


if __name__ == "__main__":
    main()
