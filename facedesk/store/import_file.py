"""Rows of a CSV or JSON file, as FaceDesk's own exports and other programs write them."""

import csv
from collections.abc import Iterator
from pathlib import Path

from facedesk.core.errors import BadInputError
from facedesk.core.json_text import decoded
from facedesk.core.language import tr
from facedesk.store.tables import as_written

_LARGEST_BYTES = 100_000_000


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    """One row at a time by the names in the heading; every value as text, '' for none.

    The ending tells what it is. Raises BadInputError for a file that cannot be read.
    """
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise ValueError(tr("it is larger than 100 MB"))
        if path.suffix.casefold() == ".json":
            yield from _json_rows(path)
        else:
            yield from _csv_rows(path)
    except (OSError, ValueError, csv.Error) as error:
        raise BadInputError(
            tr("The file cannot be read"),
            f"{path}: {error}",
            tr("Give a CSV file (UTF-8) with a heading, or a JSON list of objects."),
        ) from error


def _csv_rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        # Spreadsheets of some countries save "CSV" with semicolons.
        heading = file.readline()
        file.seek(0)
        separator = ";" if heading.count(";") > heading.count(",") else ","
        for row in csv.DictReader(file, delimiter=separator, strict=True):
            if None in row or None in row.values():
                raise ValueError(tr("a row has not as many fields as the heading"))
            yield {name: as_written(value) for name, value in row.items()}


def _json_rows(path: Path) -> Iterator[dict[str, str]]:
    data = decoded(path.read_bytes(), _LARGEST_BYTES)
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise ValueError(tr("it is no list of objects"))
    for row in data:
        yield {str(name): "" if value is None else str(value) for name, value in row.items()}
