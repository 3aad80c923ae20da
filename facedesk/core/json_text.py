"""JSON from outside: as hostile as any other file, so there is one door that is narrow."""

import json
from typing import Any, NoReturn

LONGEST_BYTES = 16_000_000


def decoded(data: bytes | str, longest_bytes: int = LONGEST_BYTES) -> Any:
    """What the text says (UTF-8, with or without a byte order mark).

    Raises ValueError, and nothing else, for a text that is too long or nested too deeply, for NaN
    and Infinity, which JSON does not know, for a name that comes twice in an object, and for half
    a surrogate pair, which no file and no database takes.
    """
    if len(data) > longest_bytes:
        raise ValueError(f"longer than {longest_bytes:,} bytes")
    text = data.decode("utf-8-sig") if isinstance(data, bytes) else data.removeprefix("\ufeff")
    try:
        found = json.loads(text, parse_constant=_no_number, object_pairs_hook=_unique)
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice")
    return found
