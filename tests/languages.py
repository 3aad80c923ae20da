"""What the program says, found in its source, and what of it is not translated yet.

    python -m tests.languages

A sentence that a catalogue misses is shown in English; no test fails for it.
"""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import holidays

from facedesk.core import voting
from facedesk.core.audit import Act
from facedesk.core.liveness import Policy
from facedesk.core.records import QualityReason
from facedesk.core.retention import Kept
from facedesk.core.schedules import AbsenceKind, DayPart
from facedesk.core.standing import Standing
from facedesk.core.totals import Flag
from facedesk.engine import health
from facedesk.paths import resources_dir
from facedesk.settings import Settings, declared
from facedesk.store import receipts, troubles
from facedesk.vision import pictures

PACKAGE = Path(__file__).resolve().parents[1] / "facedesk"
CATALOGUES = sorted((resources_dir() / "languages").glob("*.json"))


def sentences() -> set[str]:
    """Every English sentence that goes through `tr`."""
    return {*_literal(), *_kept_in_tables()}


def catalogue(file: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads(file.read_text("utf-8"))
    return found


def _literal() -> Iterator[str]:
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name("tr"), args=[ast.Constant(str(sentence)), *_]):
                    yield sentence


def _kept_in_tables() -> Iterator[str]:
    """What `tr` is given from a variable."""
    for words in (QualityReason, Flag, AbsenceKind, DayPart, Standing, Policy, Act, Kept):
        yield from words
    yield from voting._ADVICE.values()
    yield from {**receipts._FACES, **receipts._REST}
    for pair in (*health._STALLS.values(), *troubles._OTHER_TROUBLES.values()):
        yield from pair
    yield from ("The database does not answer", pictures._NO_PICTURE, Settings().privacy_notice)
    for country in (holidays.DE, holidays.AT, holidays.CH):
        for part in (None, *country.subdivisions):
            days = holidays.country_holidays(
                country.country, subdiv=part, years=2026, language="en_US"
            )
            yield from days.values()
    for _, _, about in declared():
        yield from filter(None, (about.section, about.label, about.help, about.unit))
        yield from about.choices


def main() -> None:
    said = sentences()
    for file in CATALOGUES:
        missing = sorted(said - catalogue(file).keys() - _NAMES)
        print(f"{file.stem}: {len(missing)} of {len(said)} sentences are not translated yet")
        for sentence in missing:
            print(f"  {sentence}")


# Choices that stand for a name of their own.
_NAMES = {"auto", "cuda", "directml", "coreml", "openvino", "cpu", "json", "csv", "en", "de",
          "system", "light", "dark"}  # fmt: skip

if __name__ == "__main__":
    main()
