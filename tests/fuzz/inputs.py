"""How inputs are made: a seed with a few random edits, JSON with random parts, or plain noise."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Edit = Callable[[bytes], bytes]

# What parsers stumble over: limits of whole numbers, ends of lines, brackets, formulas, paths.
_TOKENS = (
    b"\x00", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\r\n", b'"', b",",
    b"[", b"{", b"}", b"NaN", b"1e999", b"-1", b"9" * 40, b"=cmd()", b"../../", b"\xed\xa0\x80",
    b"\\ud800", "\u202e".encode(), b"[" * 500, b"A" * 5000,
)  # fmt: skip


def _flip(where: float, value: int) -> Edit:
    def edit(data: bytes) -> bytes:
        at = int(where * len(data))
        return data[:at] + bytes([value]) + data[at + 1 :]

    return edit


def _insert(where: float, token: bytes) -> Edit:
    def edit(data: bytes) -> bytes:
        at = int(where * len(data))
        return data[:at] + token + data[at:]

    return edit


def _cut(first: float, last: float) -> Edit:
    def edit(data: bytes) -> bytes:
        start, end = sorted((int(first * len(data)), int(last * len(data))))
        return data[:start] + data[end:]

    return edit


def _repeat(first: float, length: int, times: int) -> Edit:
    def edit(data: bytes) -> bytes:
        start = int(first * len(data))
        return data[:start] + data[start : start + length] * times + data[start + length :]

    return edit


_place = st.floats(0, 1, exclude_max=True)
_edit = st.one_of(
    st.builds(_flip, _place, st.integers(0, 255)),
    st.builds(_insert, _place, st.sampled_from(_TOKENS) | st.binary(min_size=1, max_size=8)),
    st.builds(_cut, _place, _place),
    st.builds(_repeat, _place, st.integers(1, 64), st.integers(2, 50)),
)


def _edited(seed: bytes, edits: list[Edit]) -> bytes:
    for edit in edits:
        seed = edit(seed)
    return seed


_value = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["", "in", "2026-03-02", "../x", "AAAA", "$argon2id$"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner,
                                                                 max_size=4),
    max_leaves=8,
)  # fmt: skip


def _replaced(seed: bytes, number: int, value: Any) -> bytes:
    """The JSON of `seed` with one of its parts replaced."""
    data = json.loads(seed)
    places: list[tuple[Any, Any]] = []

    def walk(part: Any) -> None:
        keys = list(part) if isinstance(part, dict) else range(len(part))
        for key in keys:
            places.append((part, key))
            if isinstance(part[key], dict | list):
                walk(part[key])

    walk(data)
    if places:
        part, key = places[number % len(places)]
        part[key] = value
    return json.dumps(data).encode()


def inputs(seeds: tuple[bytes, ...], *, is_json: bool) -> st.SearchStrategy[bytes]:
    """Inputs of one format."""
    edited = st.builds(_edited, st.sampled_from(seeds), st.lists(_edit, max_size=6))
    kinds = [edited, edited, st.binary(max_size=200)]
    if is_json:
        replaced = st.builds(_replaced, st.sampled_from(seeds), st.integers(0, 500), _value)
        kinds += [replaced, replaced, replaced]
    return st.one_of(*kinds)
