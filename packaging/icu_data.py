"""Qt's ICU data without what only a translated desktop would use: on Linux 27 of its 31 MB.

Qt compares texts with ICU (file dialogs sort that way) and falls back to plain rules where data is
missing. Dates, currencies, transliterations and old encodings come from elsewhere in FaceDesk.

The library's `.rodata` is one object, `icudtNN_dat`: a header, then a table of (name, data) offsets
that ICU searches by bisection, so the order of the items stays.
Source: ICU, icu4c/source/common/ucmndata.h, "CmnD" packages.
"""

import re
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

_NEEDED = re.compile(r"^[^/]+/(coll/.*|root\.res|pool\.res|res_index\.res|[^/]*\.(icu|nrm))$")
_ALIGNMENT = 16


def trimmed_package(package: bytes) -> bytes:
    """The package with the items that are needed. Raises ValueError for another format."""
    header_size = struct.unpack_from("<H", package)[0]
    if package[2:4] != b"\xda\x27" or package[12:16] != b"CmnD":
        raise ValueError("not a little-endian ICU package")
    kept = [(name, data) for name, data in _items(package, header_size) if _NEEDED.match(name)]
    names_at = 4 + 8 * len(kept)
    names = b"".join(name.encode() + b"\0" for name, _ in kept)
    data_at = _aligned(header_size + names_at + len(names)) - header_size
    table, place, name_at = struct.pack("<I", len(kept)), data_at, names_at
    body = b""
    for name, data in kept:
        table += struct.pack("<II", name_at, place)
        name_at += len(name.encode()) + 1
        body += data.ljust(_aligned(len(data)), b"\0")
        place = data_at + len(body)
    return package[:header_size] + (table + names).ljust(data_at, b"\0") + body


def write_trimmed(library: Path, target: Path) -> None:
    """`target` becomes the library `libicudata.so.NN` with less data. Needs binutils."""
    name = f"icudt{library.name.rpartition('.')[2]}_dat"
    folder = target.parent

    def call(*command: str | Path) -> None:
        subprocess.run(command, cwd=folder, check=True)

    call("objcopy", "-O", "binary", "--only-section=.rodata", library, name)
    (folder / name).write_bytes(trimmed_package((folder / name).read_bytes()))
    call("ld", "-r", "-b", "binary", "-o", "data.o", name)
    constant = ".data=.rodata,alloc,load,readonly,data,contents"
    call("objcopy", "--set-section-alignment", f".data={_ALIGNMENT}", "--rename-section", constant,
         "data.o")  # fmt: skip
    call("ld", "-shared", "-soname", library.name, "-z", "noexecstack",
         "--defsym", f"{name}=_binary_{name}_start", "-o", target, "data.o")  # fmt: skip
    for left in (name, "data.o"):
        (folder / left).unlink()


def _items(package: bytes, header_size: int) -> Iterator[tuple[str, bytes]]:
    table = package[header_size:]
    (count,) = struct.unpack_from("<I", table)
    offsets = [struct.unpack_from("<II", table, 4 + 8 * number) for number in range(count)]
    ends = [place for _, place in offsets[1:]] + [len(table)]
    for (name_at, place), end in zip(offsets, ends, strict=True):
        yield table[name_at : table.index(b"\0", name_at)].decode(), table[place:end]


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
