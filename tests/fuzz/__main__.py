"""`python -m tests.fuzz --inputs N [--only NAME]`: the long run, with its figures."""

import argparse
import tempfile
import time
from pathlib import Path

from tests.fuzz.formats import all_formats
from tests.fuzz.harness import fuzz


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--only", default="")
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
            begun_s = time.monotonic()
            tally = fuzz(one, max(1, round(arguments.inputs * one.share / shares)), folder)
            total += tally.read
            print(
                f"{one.name:20}{tally.read:9,}{tally.accepted:10,}{tally.refused:9,}"
                f"{tally.slowest_s * 1000:7.0f} ms{tally.growth_mb:+6.0f} MB"
                f"   {time.monotonic() - begun_s:.0f} s",
                flush=True,
            )
        print(f"{total:,} inputs; only FaceDeskError came out")


if __name__ == "__main__":
    main()
