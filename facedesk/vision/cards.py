"""Model cards: what a model file is, what it eats, and which vectors may be compared.

A card is a JSON object; `README.md` shows one. What `parse_card` checks is the contract:

- `name`, `file` (a plain file name), `sha256`, `licence`, `source`: text
- `task`: "detect", "embed", "landmarks" or "liveness"
- `size`: bytes of the file (may be left out)
- `input`: `width` and `height` (0: any), `colour` "bgr" or "rgb", `mean` and `std` (three numbers
  each, in that colour order; the network sees (pixel - mean) / std of pixels 0 to 255), `flip`
  (true: the vectors of the crop and of its mirror image are added)
- `output`: `dimension` of the vector (embedders)
- `alignment`: "none", "arcface_112", or `{"template": five [x, y] as fractions of the crop}`
- `thresholds`: cosine at a false match rate, "fmr_1e-3" and so on, and the "protocol" behind them
- `groups`: the same for the people of one group ("race: Black"), and the "protocol" (optional)
- `contract`: the contract id; may be left out, and is refused where it does not fit the rest
- `version` (default "1"), `rank` (small is chosen first), `notes`: optional
"""

import hashlib
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from facedesk.core.errors import ModelError
from facedesk.core.json_text import decoded
from facedesk.core.language import tr

Task = Literal["detect", "embed", "landmarks", "liveness"]
TASKS: tuple[Task, ...] = ("detect", "embed", "landmarks", "liveness")
Triple = tuple[float, float, float]
Template = tuple[tuple[float, float], ...]

_LARGEST_CARD_BYTES = 65_536
_DEFAULT_RANK = 100
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_RATE = re.compile(r"fmr_1e-\d")


@dataclass(frozen=True, slots=True)
class InputSpec:
    """What the network eats: (pixel - mean) / std in `colour` order; width and height 0 = any."""

    width_px: int
    height_px: int
    colour: Literal["bgr", "rgb"]
    mean: Triple
    std: Triple
    flip: bool = False


@dataclass(frozen=True, slots=True)
class ModelCard:
    """See the module's text. `template` is None where the ArcFace template or none is meant."""

    name: str
    task: Task
    file: str
    sha256: str
    size: int  # bytes; 0 where the card does not say
    input: InputSpec
    dimension: int
    alignment: str
    template: Template | None
    thresholds: dict[str, float]
    protocol: str
    groups: dict[str, dict[str, float]]
    groups_protocol: str
    licence: str
    source: str
    contract: str
    version: str
    rank: int
    notes: str

    def as_json(self) -> dict[str, Any]:
        """The card as it is written to a file; `parse_card` reads it back to an equal one."""
        spec = self.input
        template = [list(point) for point in self.template or ()]
        return {
            "name": self.name,
            "task": self.task,
            "file": self.file,
            "sha256": self.sha256,
            "size": self.size,
            "input": {
                "width": spec.width_px,
                "height": spec.height_px,
                "colour": spec.colour,
                "mean": list(spec.mean),
                "std": list(spec.std),
                "flip": spec.flip,
            },
            "output": {"dimension": self.dimension},
            "alignment": {"template": template} if template else self.alignment,
            "thresholds": self.thresholds | ({"protocol": self.protocol} if self.protocol else {}),
            **({"groups": self.groups | {"protocol": self.groups_protocol}} if self.groups else {}),
            "licence": self.licence,
            "source": self.source,
            "contract": self.contract,
            "version": self.version,
            "rank": self.rank,
            "notes": self.notes,
        }


def contract_id(
    name: str, version: str, sha256: str, dimension: int, spec: InputSpec, template: Template | None
) -> str:
    """Short hash of all that shapes a vector: only vectors of one contract may be compared."""
    parts = [
        name,
        version,
        sha256,
        dimension,
        [spec.width_px, spec.height_px, spec.colour, spec.flip],
        [f"{value:.6g}" for value in (*spec.mean, *spec.std)],
        [f"{value:.6g}" for point in template or () for value in point],
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def read_card(path: Path) -> ModelCard:
    """The card in a file. Raises ModelError that names the file and the field."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_CARD_BYTES + 1)
        if len(data) > _LARGEST_CARD_BYTES:
            raise ValueError(f"larger than {_LARGEST_CARD_BYTES} bytes")
        content = decoded(data)
    except (OSError, ValueError) as error:
        raise _bad_card(path.name, str(error)) from error
    return parse_card(content, path.name)


def parse_card(content: object, where: str) -> ModelCard:
    """The card in decoded JSON; `where` is its file name for the error. Raises ModelError."""
    try:
        return _parse(_Fields(content, ""))
    except _FieldError as error:
        raise _bad_card(where, str(error)) from error


def _bad_card(where: str, reason: str) -> ModelError:
    return ModelError(
        tr("The model card cannot be used"),
        f"{where}: {reason}",
        tr("Correct the card, or get it again from where the model came from."),
    )


class _FieldError(Exception):
    """A field is missing or wrong; the text names it."""


class _Fields:
    """A JSON object read field by field; every complaint names the field."""

    def __init__(self, content: object, prefix: str) -> None:
        if not isinstance(content, dict):
            raise _FieldError(f"{prefix.rstrip('.') or 'the card'} must be an object")
        self._content = content
        self._prefix = prefix

    def wrong(self, name: str, wanted: str) -> _FieldError:
        return _FieldError(f'"{self._prefix}{name}" must be {wanted}')

    def raw(self, name: str) -> Any:
        return self._content.get(name)

    def inner(self, name: str) -> "_Fields":
        return _Fields(self._content.get(name, {}), f"{self._prefix}{name}.")

    def text(self, name: str, default: str | None = None, longest: int = 2000) -> str:
        value = self._content.get(name, default)
        if not isinstance(value, str) or len(value) > longest or (default is None and not value):
            raise self.wrong(name, f"text of at most {longest} letters")
        return value

    def match(self, name: str, pattern: re.Pattern[str], wanted: str) -> str:
        value = self.text(name)
        if not pattern.fullmatch(value):
            raise self.wrong(name, wanted)
        return value

    def one_of(self, name: str, choices: tuple[str, ...]) -> str:
        value = self.raw(name)
        if value not in choices:
            raise self.wrong(name, "one of " + ", ".join(choices))
        return str(value)

    def whole(self, name: str, low: int, high: int, default: int | None = None) -> int:
        value = self._content.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.wrong(name, f"a whole number from {low} to {high}")
        return value

    def numbers(self, name: str, count: int) -> tuple[float, ...]:
        value = self.raw(name)
        if not isinstance(value, list) or len(value) != count or not all(map(_is_number, value)):
            raise self.wrong(name, f"a list of {count} numbers")
        return tuple(float(number) for number in value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)


def _is_number(value: object) -> bool:
    is_real = isinstance(value, int | float) and not isinstance(value, bool)
    return is_real and abs(cast(float, value)) < 1e9 and math.isfinite(cast(float, value))


def _parse(card: _Fields) -> ModelCard:
    name = card.match("name", _PLAIN_NAME, "letters, digits, dot, dash or underscore")
    task = cast(Task, card.one_of("task", TASKS))
    sha256 = card.match("sha256", _SHA256, "64 hexadecimal digits in lower case")
    version = card.text("version", "1", 40)
    spec = _parse_input(card.inner("input"), task)
    dimension = card.inner("output").whole("dimension", 0, 65_536, 0)
    if task == "embed" and dimension < 2:
        raise card.wrong("output.dimension", "the length of the vector")
    alignment, template = _parse_alignment(card, task)
    thresholds, protocol = _parse_thresholds(card.inner("thresholds"))
    groups, groups_protocol = _parse_groups(card.inner("groups"))
    contract = contract_id(name, version, sha256, dimension, spec, template)
    if card.text("contract", "", 64) not in ("", contract):
        raise card.wrong("contract", f"{contract}, or the fields before it were changed")
    return ModelCard(
        name=name,
        task=task,
        file=card.match("file", _PLAIN_NAME, "a plain file name"),
        sha256=sha256,
        size=card.whole("size", 0, 2**40, 0),
        input=spec,
        dimension=dimension,
        alignment=alignment,
        template=template,
        thresholds=thresholds,
        protocol=protocol,
        groups=groups,
        groups_protocol=groups_protocol,
        licence=card.text("licence"),
        source=card.text("source"),
        contract=contract,
        version=version,
        rank=card.whole("rank", 0, 1000, _DEFAULT_RANK),
        notes=card.text("notes", ""),
    )


def _parse_input(fields: _Fields, task: Task) -> InputSpec:
    smallest = 16 if task == "embed" else 0
    colour = fields.one_of("colour", ("bgr", "rgb"))
    std = fields.numbers("std", 3)
    if not all(std):
        raise fields.wrong("std", "three numbers other than 0")
    flip = fields.raw("flip")
    if flip not in (None, True, False):
        raise fields.wrong("flip", "true or false")
    return InputSpec(
        fields.whole("width", smallest, 8192),
        fields.whole("height", smallest, 8192),
        cast(Literal["bgr", "rgb"], colour),
        cast(Triple, fields.numbers("mean", 3)),
        cast(Triple, std),
        bool(flip),
    )


def _parse_alignment(card: _Fields, task: Task) -> tuple[str, Template | None]:
    value = card.raw("alignment")
    if isinstance(value, dict):
        rows = value.get("template")
        if not isinstance(rows, list) or len(rows) != 5:
            raise card.wrong("alignment.template", "five points [x, y]")
        for row in rows:
            if not isinstance(row, list) or len(row) != 2 or not all(map(_is_number, row)):
                raise card.wrong("alignment.template", "five points [x, y]")
            if not all(-0.5 <= number <= 1.5 for number in row):
                raise card.wrong("alignment.template", "fractions of the crop, about 0 to 1")
        return "own", tuple((float(x), float(y)) for x, y in rows)
    choices = ("arcface_112",) if task == "embed" else ("none", "arcface_112", None)
    if value not in choices:
        raise card.wrong("alignment", '"arcface_112" or an object with a template')
    return value or "none", None


def _parse_thresholds(fields: _Fields) -> tuple[dict[str, float], str]:
    thresholds = _parse_rates(fields)
    return thresholds, fields.text("protocol", None if thresholds else "")


def _parse_groups(fields: _Fields) -> tuple[dict[str, dict[str, float]], str]:
    groups = {name: _parse_rates(fields.inner(name)) for name in fields if name != "protocol"}
    return groups, fields.text("protocol", None if groups else "")


def _parse_rates(fields: _Fields) -> dict[str, float]:
    rates = {}
    for name in fields:
        if name == "protocol":
            continue
        value = fields.raw(name)
        if not _RATE.fullmatch(name) or not _is_number(value) or not -1 <= value <= 1:
            raise fields.wrong(name, 'a cosine from -1 to 1 under a name like "fmr_1e-5"')
        rates[name] = float(value)
    ordered = [rates[name] for name in sorted(rates)]
    if ordered != sorted(ordered):
        raise fields.wrong("fmr_*", "higher for a stricter rate")
    return rates
