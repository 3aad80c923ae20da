"""Export profiles: which columns another program wants, in which order and notation, by name.

A profile is a JSON file that people can read and change; some come with FaceDesk, among them those
for payroll programs (each names the public description that it follows). What differs from one
employer to the next (client numbers, wage types) are its options: none is guessed, and none may be
empty when a file is written.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import IO, Any

from facedesk.core.errors import BadInputError
from facedesk.core.json_text import decoded
from facedesk.core.language import tr
from facedesk.store.tables import Kind, Table, Value, harmless, replacing
from facedesk.store.troubles import writing

_LARGEST_BYTES = 1_000_000


class Rows(StrEnum):
    """What a row of the file is made from: a punch, or a person's hours."""

    PUNCHES = "punches"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    PERIOD = "period"


class Form(StrEnum):
    """How minutes are written; everything else has one form only."""

    PLAIN = "plain"
    HOURS = "hours"  # 7.50
    CLOCK = "clock"  # 7:30


@dataclass(frozen=True, slots=True)
class Cell:
    """One field: the `column` of the table, or a constant `text` that may name {options}."""

    heading: str = ""
    column: str = ""
    text: str = ""
    form: Form = Form.PLAIN


@dataclass(frozen=True, slots=True)
class Profile:
    """How a table becomes a file. Every row of the table is written as each of `lines`.

    A line with hours that are all zero is left out where there are several. `required` columns
    must not be empty in any row. `preamble` lines come first and may name {options}.
    """

    name: str
    rows: Rows
    lines: tuple[tuple[Cell, ...], ...]
    about: str = ""
    source: str = ""
    options: tuple[tuple[str, str], ...] = ()
    required: tuple[str, ...] = ()
    preamble: tuple[str, ...] = ()
    headings: bool = True
    separator: str = ","
    decimal: str = "."
    dates: str = "%Y-%m-%d"
    encoding: str = "utf-8-sig"

    def with_options(self, options: Mapping[str, str]) -> "Profile":
        """Raises BadInputError for an option that the profile does not have."""
        known = dict(self.options)
        for name in options:
            if name not in known:
                raise _refused(self.name, tr("there is no option {name}", name=name))
        return replace(self, options=tuple({**known, **options}.items()))


class Profiles:
    """Those that came with FaceDesk, and the site's own, which win under the same name."""

    def __init__(self, shipped: Path, own: Path) -> None:
        self._shipped = shipped
        self._own = own

    def all(self) -> list[Profile]:
        """In order of name."""
        files = {file.stem: file for folder in (self._shipped, self._own)
                 for file in sorted(folder.glob("*.json"))}  # fmt: skip
        return [self.read(files[name]) for name in sorted(files)]

    def get(self, name: str) -> Profile:
        """Raises BadInputError when there is none of this name, or it cannot be understood."""
        for folder in (self._own, self._shipped):
            file = folder / f"{name}.json"
            if re.fullmatch(_NAME, name) and file.is_file():
                return self.read(file)
        names = ", ".join(profile.name for profile in self.all())
        raise BadInputError(
            tr("Unknown profile"),
            tr("There is no export profile “{name}”.", name=name),
            tr("There are: {names}.", names=names),
        )

    def read(self, file: Path) -> Profile:
        """The profile in a file. Raises BadInputError that says what is wrong with it."""
        try:
            return profile_of(decoded(file.read_bytes(), _LARGEST_BYTES))
        except (OSError, ValueError) as error:
            raise _refused(file.name, str(error)) from error

    def save(self, profile: Profile) -> Path:
        """Store it under its name; the file it is in."""
        self._own.mkdir(parents=True, exist_ok=True)
        file = self._own / f"{profile.name}.json"
        with replacing(file) as temporary:
            temporary.write_text(as_json(profile), encoding="utf-8")
        return file

    def remove(self, name: str) -> None:
        """Only the site's own can be removed; the shipped one of the same name comes back."""
        file = self._own / f"{name}.json"
        if not re.fullmatch(_NAME, name) or not file.is_file():
            raise BadInputError(
                tr("Nothing was removed"),
                tr("“{name}” is not one of your own profiles.", name=name),
            )
        with writing(file):
            file.unlink()


_NAME = r"[a-z0-9][a-z0-9_-]{0,63}"


def profile_of(data: Any) -> Profile:
    """A profile from what a JSON file holds. Raises BadInputError."""
    name = str(data.get("name", "")) if isinstance(data, dict) else ""
    if not re.fullmatch(_NAME, name):
        raise _refused(name, tr("a name has small letters, digits, - and _"))
    try:
        lines = tuple(
            tuple(Cell(**{**cell, "form": Form(cell.get("form", "plain"))}) for cell in line)
            for line in data["lines"]
        )
        made = Profile(
            **{
                **data,
                "rows": Rows(data["rows"]),
                "lines": lines,
                "options": tuple((str(key), str(to)) for key, to in data["options"].items()),
                "required": tuple(data.get("required", ())),
                "preamble": tuple(data.get("preamble", ())),
            }
        )
        if not isinstance(made.headings, bool) or not all(
            isinstance(text, str) for text in _texts(made)
        ):
            raise TypeError(tr("a number or list stands where text belongs"))
        "".encode(made.encoding)
        date(2026, 3, 2).strftime(made.dates)
    except (KeyError, TypeError, ValueError, AttributeError, LookupError) as error:
        raise _refused(name, f"{type(error).__name__}: {error}") from error
    if not made.lines or not all(made.lines) or len(made.separator) != 1:
        raise _refused(name, tr("it needs lines with fields, and one letter that separates them"))
    return made


def _texts(profile: Profile) -> Iterator[object]:
    """Whatever must be text, as the file has it."""
    yield from (profile.about, profile.source, profile.separator, profile.decimal)
    yield from (profile.dates, profile.encoding, *profile.required, *profile.preamble)
    for cell in (cell for line in profile.lines for cell in line):
        yield from (cell.heading, cell.column, cell.text)


def as_json(profile: Profile) -> str:
    """What `profile_of` reads."""
    data = {**asdict(profile), "options": dict(profile.options)}
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def write_profile(target: Path | IO[str], table: Table, profile: Profile) -> int:
    """Write the table as the profile says; returns the number of lines after the headings.

    Raises BadInputError for an option or a required field that is empty, for a column that the
    table does not have, and for letters that the file's encoding does not know.
    """
    if not isinstance(target, Path):
        whole = StringIO(newline="")  # a file that is not complete is none
        count = _write(whole, table, profile)
        target.write(whole.getvalue())
        return count
    with replacing(target) as temporary:
        try:
            with temporary.open("w", encoding=profile.encoding, newline="") as file:
                return _write(file, table, profile)
        except UnicodeEncodeError as error:
            raise _refused(
                profile.name,
                tr("{encoding} has no letter for “{letters}”", encoding=profile.encoding,
                   letters=error.object[error.start : error.end]),
            ) from error  # fmt: skip


def _write(file: IO[str], table: Table, profile: Profile) -> int:
    for line in profile.preamble:
        file.write(_filled(line, profile) + "\r\n")
    writer = csv.writer(file, delimiter=profile.separator)
    if profile.headings:
        writer.writerow([cell.heading or cell.column for cell in profile.lines[0]])
    count = 0
    for fields in _lines(table, profile):
        writer.writerow(fields)
        count += 1
    return count


def _lines(table: Table, profile: Profile) -> Iterator[list[str]]:
    kinds = {column.name: column.kind for column in table.columns}
    names = list(kinds)
    without: list[str] = []
    for values in table.rows:
        row = _with_derived(dict(zip(names, values, strict=True)))
        if any(row.get(name, "") == "" for name in profile.required):
            without.append(str(row.get("person_id", "?")))
            continue
        for line in profile.lines:
            if len(profile.lines) > 1 and not any(
                row.get(cell.column) for cell in line if cell.form is not Form.PLAIN
            ):
                continue
            yield [_field(cell, row, kinds, profile) for cell in line]
    if without:
        raise _refused(
            profile.name,
            tr("people without {fields}: {ids}", fields=", ".join(profile.required),
               ids=", ".join(dict.fromkeys(without))),
        )  # fmt: skip


def _with_derived(row: dict[str, Value]) -> dict[str, Value]:
    """The hours with two columns that only payroll asks for."""
    if "worked_min" in row:
        row["regular_min"] = int(row["worked_min"]) - int(row["overtime_min"])
        row["first_of_month"] = str(row["first_day"])[:8] + "01"
    return row


def _field(
    cell: Cell, row: Mapping[str, Value], kinds: Mapping[str, Kind], profile: Profile
) -> str:
    if not cell.column:
        return _filled(cell.text, profile)
    if cell.column not in row:
        raise _refused(profile.name, tr("there is no column {name}", name=cell.column))
    value = row[cell.column]
    if cell.form is Form.HOURS:
        return f"{int(value) / 60:.2f}".replace(".", profile.decimal)
    if cell.form is Form.CLOCK:
        minutes = int(value)
        return f"{'-' if minutes < 0 else ''}{abs(minutes) // 60}:{abs(minutes) % 60:02d}"
    is_day = cell.column == "first_of_month" or kinds.get(cell.column) is Kind.DATE
    if is_day and value:
        return date.fromisoformat(str(value)).strftime(profile.dates)
    if isinstance(value, float):
        return str(value).replace(".", profile.decimal)
    return str(harmless(value))


def _filled(text: str, profile: Profile) -> str:
    """The text with its {options}. Raises BadInputError for one that has no value yet."""
    options = dict(profile.options)

    def value(found: re.Match[str]) -> str:
        if not options.get(found[1]):
            raise BadInputError(
                tr("The profile is not complete"),
                tr("“{profile}” needs a value for {option}.", profile=profile.name,
                   option=found[1]),
                tr("For example: facedesk profile set {profile} {option}=12345",
                   profile=profile.name, option=found[1]),
            )  # fmt: skip
        return options[found[1]]

    return re.sub(r"\{(\w+)\}", value, text)


def _refused(name: str, why: str) -> BadInputError:
    return BadInputError(
        tr("Profile not accepted"), tr("Export profile “{name}”: {why}.", name=name, why=why)
    )
