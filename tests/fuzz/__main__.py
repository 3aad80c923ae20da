"""`python -m tests.fuzz --inputs N [--only NAME] [--log FILE]`: the long run, with its figures.

Inputs are drawn anew each time, so a long run may be made of several: with a log each adds its
counts, and the sum of all is printed.
"""

import argparse
import tempfile
import time
from pathlib import Path

from tests.fuzz.formats import Format, all_formats
from tests.fuzz.harness import fuzz


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--only", default="")
    parser.add_argument("--log", type=Path, help="Add the counts to this file.")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        formats = [one for one in all_formats(folder) if arguments.only in one.name]
        shares = sum(one.share for one in formats)
        total = 0
        print(
            f"{'format':20}{'inputs':>9}{'accepted':>10}{'refused':>9}{'slowest':>10}{'memory':>9}"
        )
        for one in formats:
            count = max(1, round(arguments.inputs * one.share / shares))
            total += _run(one, count, folder, arguments.log)
        print(f"{total:,} inputs; only FaceDeskError came out")
    if arguments.log is not None:
        counts = [int(line.split("\t")[1]) for line in arguments.log.read_text().splitlines()]
        print(f"{sum(counts):,} inputs in all runs of {arguments.log}; only FaceDeskError came out")


def _run(one: Format, count: int, folder: Path, log: Path | None) -> int:
    """How many inputs were read; raises for any that hurt, and then none is counted."""
    begun_s = time.monotonic()
    tally = fuzz(one, count, folder)
    print(
        f"{one.name:20}{tally.read:9,}{tally.accepted:10,}{tally.refused:9,}"
        f"{tally.slowest_s * 1000:7.0f} ms{tally.growth_mb:+6.0f} MB"
        f"   {time.monotonic() - begun_s:.0f} s",
        flush=True,
    )
    if log is not None:
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{one.name}\t{tally.read}\t{tally.accepted}\t{tally.refused}\n")
    return tally.read


if __name__ == "__main__":
    main()
