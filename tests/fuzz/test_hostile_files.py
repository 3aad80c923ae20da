"""Files made to hurt: bombs, paths that leave their folder, links, weights elsewhere, code."""

import ast
import json
import struct
import zlib
from pathlib import Path

import pytest

from facedesk import settings_file
from facedesk.core.errors import BadInputError, FaceDeskError, ModelError
from facedesk.core.json_text import decoded
from facedesk.core.records import Person
from facedesk.engine.bulk_import import plan_folder, plan_list
from facedesk.engine.subject_access import write_subject_access
from facedesk.store.database import Database
from facedesk.store.import_file import read_rows
from facedesk.store.people import People
from facedesk.vision.files import FileSource
from facedesk.vision.pictures import LARGEST_PIXELS, decode, read_picture
from facedesk.vision.runtime import open_session
from tests.conftest import PROJECT
from tests.fakes import FakeClock
from tests.vision.networks import network


def png(width: int, height: int, content: bytes = b"") -> bytes:
    """A PNG file that says how large it is, and holds next to nothing."""

    def part(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rest = part(b"IDAT", zlib.compress(content, 9)) + part(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + rest


def test_a_decompression_bomb_is_refused_by_its_size() -> None:
    bomb = png(60_000, 60_000, bytes(50_000_000))
    assert len(bomb) < 100_000
    with pytest.raises(BadInputError, match="60000 x 60000"):
        decode(bomb)


def test_the_limit_is_what_it_says() -> None:
    assert LARGEST_PIXELS == 100_000_000
    with pytest.raises(BadInputError, match="damaged"):
        decode(png(10_000, 10_000))


def test_a_huge_video_is_refused_before_a_picture_is_decoded(tmp_path: Path) -> None:
    class Huge:
        reads = 0

        def __init__(self, *_: object) -> None:
            pass

        def isOpened(self) -> bool:  # noqa: N802 (OpenCV's name)
            return True

        def get(self, _what: int) -> float:
            return 60_000.0

        def read(self) -> tuple[bool, None]:
            Huge.reads += 1
            return False, None

        def release(self) -> None:
            pass

    path = tmp_path / "huge.mp4"
    path.write_bytes(b"not empty")
    with pytest.raises(BadInputError):
        FileSource(path, capture=Huge).open()
    assert Huge.reads == 0


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000 + "]" * 100_000,
        '{"a": 1, "a": 2}',
        "[NaN]",
        "[Infinity]",
        '["\\ud800"]',
        "[" + "9" * 5000 + "]",
        "",
        "[1] x",
    ],
)
def test_json_that_is_none(text: str) -> None:
    with pytest.raises(ValueError):
        decoded(text)
    with pytest.raises(ValueError):
        decoded(text.encode())


def test_json_that_is_too_long() -> None:
    with pytest.raises(ValueError, match="longer than 10 bytes"):
        decoded(b"[" + b"1," * 10 + b"1]", 10)


@pytest.mark.parametrize(
    "content", ['{"runner_up_margin": NaN}', '{"votes": true}', '{"votes": 1e400}', "[" * 9999]
)
def test_settings_from_elsewhere(content: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(content)
    with pytest.raises(BadInputError):
        settings_file.load(path)


def test_a_list_cannot_name_files_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "import"
    folder.mkdir()
    people_list = folder / "people.csv"
    for name in ("../secret.jpg", "/etc/passwd", "a/../../secret.jpg", "C:/x/../../../../s.jpg"):
        people_list.write_text(f"name,file\nAda,{name}\n")
        if Path(folder / name).resolve().is_relative_to(folder):
            continue  # a harmless name on this system
        with pytest.raises(BadInputError, match="names a file elsewhere"):
            plan_list(people_list)
    people_list.write_text("name,file\nAda,photos/ada.jpg\n")
    assert plan_list(people_list)[0].files == (folder / "photos" / "ada.jpg",)


def test_links_in_an_import_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(b"x")
    person = tmp_path / "import" / "Ada"
    person.mkdir(parents=True)
    (person / "link.jpg").symlink_to(secret)
    (person / "own.jpg").write_bytes(b"x")
    (entry,) = plan_folder(tmp_path / "import")
    assert [file.name for file in entry.files] == ["own.jpg"]


def test_a_list_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    with path.open("wb") as file:
        file.truncate(21_000_000)
    with pytest.raises(BadInputError, match="larger than 20 MB"):
        plan_list(path)
    with path.open("wb") as file:
        file.truncate(101_000_000)
    with pytest.raises(BadInputError, match="larger than 100 MB"):
        list(read_rows(path))


def test_a_model_with_weights_elsewhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(network() + b"\x0a\x08location\x12\x0b/etc/passwd")
    with pytest.raises(ModelError, match="another file"):
        open_session(path, "cpu")


def test_a_model_with_foreign_code_is_refused(tmp_path: Path) -> None:
    """An operator that onnxruntime does not bring is never looked for in a library."""
    path = tmp_path / "model.onnx"
    path.write_bytes(network().replace(b"MatMul", b"RunMe!"))
    with pytest.raises(ModelError, match="cannot be run"):
        open_session(path, "cpu")


def test_a_model_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    with path.open("wb") as file:
        file.truncate(2_000_000_001)  # a hole: it takes no room
    with pytest.raises(ModelError, match="larger than 2 GB"):
        open_session(path, "cpu")


def test_paths_are_never_made_of_names(tmp_path: Path) -> None:
    """What a person is called is nowhere in the names inside the file that is handed out."""
    import zipfile

    with Database.open(tmp_path / "facedesk.db", clock=FakeClock()) as database:
        person = People(database).add(Person(0, "../../../tmp/evil"))
        target = tmp_path / "data.zip"
        write_subject_access(database, person.id, "UTC", target)
    with zipfile.ZipFile(target) as file:
        assert file.namelist() == ["data.json", "read-me.html"]


def test_a_folder_where_a_picture_should_be(tmp_path: Path) -> None:
    with pytest.raises(FaceDeskError):
        read_picture(tmp_path)


_UNPICKLES = {"pickle", "cPickle", "dill", "shelve", "marshal", "joblib", "cloudpickle", "yaml"}


def test_nothing_unpickles() -> None:
    """Neither by the module, nor through numpy's or torch's own doors."""
    found = []
    for path in (PROJECT / "facedesk").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names = {(node.module or "").split(".")[0]}
            else:
                names = set()
            if names & _UNPICKLES:
                found.append(f"{path.name}:{node.lineno}")
            if isinstance(node, ast.Call):
                given = {word.arg: ast.unparse(word.value) for word in node.keywords}
                if given.get("allow_pickle") not in (None, "False"):
                    found.append(f"{path.name}:{node.lineno}")
                if ast.unparse(node.func) == "torch.load" and given.get("weights_only") != "True":
                    found.append(f"{path.name}:{node.lineno}")
    assert not found


def test_json_is_decoded_through_the_narrow_door() -> None:
    """`json.loads` is for what FaceDesk itself has written and sealed, and for nothing else."""
    own = {"json_text.py", "audit.py", "receipts.py", "spool.py", "bench.py"}
    found = [
        f"{path.relative_to(PROJECT)}:{node.lineno}"
        for path in (PROJECT / "facedesk").rglob("*.py")
        if path.name not in own and "lab" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("json.loads", "json.load")
    ]
    assert not found, found


def test_what_is_sealed_may_be_anything_json_can_say() -> None:
    assert decoded(json.dumps({"a": [1, None, "ü"]})) == {"a": [1, None, "ü"]}
