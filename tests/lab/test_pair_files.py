"""Pair lists that users bring: what is read, what is refused, and that nothing in a file runs."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from facedesk.lab.pair_files import folds, read_bin, read_pair_list


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_a_bin_file_of_any_protocol_is_read_or_refused_but_never_misread(
    tmp_path: Path, protocol: int
) -> None:
    file = tmp_path / "agedb_30.bin"
    pictures = [bytes([number] * (number + 1)) for number in range(200)] * 2
    same = [number % 3 == 0 for number in range(200)]
    file.write_bytes(pickle.dumps((pictures, same), protocol=protocol))
    if protocol < 3:  # bytes were written as a call of a function there
        with pytest.raises(ValueError, match="it asks for"):
            read_bin(file)
        return
    found = read_bin(file)
    assert found.pictures == tuple(pictures)
    assert found.same.tolist() == same


def test_a_bin_file_from_python_2_is_read(tmp_path: Path) -> None:
    file = tmp_path / "cfp_fp.bin"
    file.write_bytes(b"\x80\x02]q\x01(U\x02\xff\xd8U\x02ab" + b"e]\x88a\x86.")
    found = read_bin(file)
    assert found.pictures == (b"\xff\xd8", b"ab") and found.same.tolist() == [True]


class _Runs:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("this must never be printed",)


def test_nothing_in_a_bin_file_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "evil.bin"
    file.write_bytes(pickle.dumps(([b"a", b"b"], [_Runs()])))
    with pytest.raises(ValueError, match="no list of pairs needs"):
        read_bin(file)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("content", [b"", b"\x80", b"hello", pickle.dumps(([b"a"], [True]))])
def test_what_is_no_list_of_pairs_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.bin"
    file.write_bytes(content)
    with pytest.raises(ValueError, match="broken"):
        read_bin(file)


@pytest.mark.parametrize("mark", [",", " "])
def test_a_list_of_names(tmp_path: Path, mark: str) -> None:
    file = tmp_path / "pairs.csv"
    lines = [mark.join((f"a/{k}.jpg", f"b/{k}.jpg", str(k % 2))) for k in range(20)]
    file.write_text("\n".join(lines) + "\n\n", "utf-8")
    pairs = read_pair_list(file)
    assert pairs.first[3] == "a/3.jpg" and pairs.second[3] == "b/3.jpg"
    assert pairs.same.tolist() == [bool(k % 2) for k in range(20)]
    assert np.bincount(pairs.fold).tolist() == [2] * 10
    file.write_text("a.jpg,b.jpg,maybe\n", "utf-8")
    with pytest.raises(ValueError, match="line 1"):
        read_pair_list(file)


def test_folds_are_even_and_in_order() -> None:
    assert np.bincount(folds(6000)).tolist() == [600] * 10
    assert (np.diff(folds(23)) >= 0).all() and folds(23).max() == 9
