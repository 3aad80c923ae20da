"""Installing from files and from a network that breaks off, lies and stops."""

import hashlib
import io
import urllib.error
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from facedesk.core.errors import BadInputError, CancelledError, ModelError
from facedesk.vision.cards import parse_card
from facedesk.vision.catalog import Catalogue
from facedesk.vision.install import https_only, install
from tests.vision.networks import card_json, network

MODEL = network() + bytes(600_000)
SHA256 = hashlib.sha256(MODEL).hexdigest()
CARD = parse_card(card_json(SHA256), "tiny")
URL = "https://example.org/tiny.onnx"


class Answer(io.BytesIO):
    def __init__(self, body: bytes, status: int, headers: dict[str, str]) -> None:
        super().__init__(body)
        self.status = status
        self.headers = headers


class Web:
    """urllib's opener. Each request is cut off after `cuts` bytes (None: not), in turn."""

    def __init__(self, body: bytes, *cuts: int | None, ranges: bool = True, length: bool = True):
        self.body = body
        self.cuts = list(cuts)
        self.ranges = ranges
        self.length = length
        self.asked: list[str | None] = []

    def open(self, request: Any, timeout: float) -> Answer:
        asked = request.get_header("Range")
        self.asked.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.ranges else 0
        body = self.body[start:]
        headers = {"Content-Length": str(len(body))} if self.length else {}
        cut = self.cuts.pop(0) if self.cuts else None
        return Answer(body[:cut], 206 if start else 200, headers)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_file_is_installed_with_its_card(tmp_path: Path) -> None:
    source = tmp_path / "Téléchargement.onnx"
    source.write_bytes(MODEL)
    seen: list[tuple[int, int]] = []
    target = tmp_path / "new" / "models"
    card = install(str(source), target, [CARD], progress=lambda *now: seen.append(now))
    assert card == CARD
    assert left(target) == ["tiny.json", "tiny.onnx"]
    assert (target / "tiny.onnx").read_bytes() == MODEL
    assert seen[-1] == (len(MODEL), len(MODEL))
    assert Catalogue([target], tmp_path / "none").choose("embed").card == CARD


def test_the_catalogue_installs_with_a_card_file(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(MODEL)
    import json

    (tmp_path / "m.json").write_text(json.dumps(card_json(SHA256)))
    target = tmp_path / "models"
    catalogue = Catalogue([target], tmp_path / "none")
    installed = catalogue.install(tmp_path / "m.onnx", target, card=tmp_path / "m.json")
    assert installed == catalogue.choose("embed", "tiny")


def test_an_unknown_file_needs_a_card(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(MODEL)
    with pytest.raises(ModelError, match="not known") as caught:
        install(str(tmp_path / "m.onnx"), tmp_path / "models", [])
    assert "--card" in caught.value.hint
    assert left(tmp_path / "models") == []


def test_a_file_that_is_not_the_cards_replaces_nothing(tmp_path: Path) -> None:
    target = tmp_path / "models"
    (tmp_path / "good.onnx").write_bytes(MODEL)
    install(str(tmp_path / "good.onnx"), target, [CARD])
    (tmp_path / "bad.onnx").write_bytes(MODEL[:-1])
    with pytest.raises(ModelError, match="not the model"):
        install(str(tmp_path / "bad.onnx"), target, [], CARD)
    assert (target / "tiny.onnx").read_bytes() == MODEL
    assert left(target) == ["tiny.json", "tiny.onnx"]


@pytest.mark.parametrize("name", ["none.onnx", ""])
def test_a_missing_file_and_a_folder_are_bad_input(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInputError):
        install(str(tmp_path / name), tmp_path / "models", [CARD])
    assert left(tmp_path / "models") == []


def test_a_target_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(MODEL)
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match="could not be installed"):
        install(str(tmp_path / "m.onnx"), tmp_path / "file", [CARD])


def test_a_full_disk_is_told_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "m.onnx").write_bytes(MODEL)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ModelError, match="No space"):
        install(str(tmp_path / "m.onnx"), tmp_path / "models", [CARD])
    assert left(tmp_path / "models") == []


@pytest.mark.parametrize("length", [True, False])
def test_a_download_in_one_go(length: bool, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    web = Web(MODEL, length=length)
    install(URL, tmp_path, [CARD], None, lambda *now: seen.append(now), web)
    assert left(tmp_path) == ["tiny.json", "tiny.onnx"]
    assert seen[-1] == (len(MODEL), len(MODEL) if length else 0)
    assert web.asked == [None]


def test_a_download_that_breaks_off_is_resumed(tmp_path: Path) -> None:
    web = Web(MODEL, 300_000, 100_000)
    install(URL, tmp_path, [CARD], opener=web)
    assert (tmp_path / "tiny.onnx").read_bytes() == MODEL
    assert web.asked == [None, "bytes=300000-", "bytes=400000-"]


def test_a_server_without_ranges_is_asked_for_everything_again(tmp_path: Path) -> None:
    web = Web(MODEL, 300_000, ranges=False)
    install(URL, tmp_path, [CARD], opener=web)
    assert (tmp_path / "tiny.onnx").read_bytes() == MODEL


def test_a_download_that_never_ends_well_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="download failed") as caught:
        install(URL, tmp_path / "m", [CARD], opener=Web(MODEL, 10, 10, 10, 10, 10, 10))
    assert "file" in caught.value.hint
    assert left(tmp_path / "m") == []


def test_a_missing_page_is_not_asked_for_again(tmp_path: Path) -> None:
    class Gone:
        times = 0

        def open(self, request: Any, timeout: float) -> Any:
            self.times += 1
            raise urllib.error.HTTPError(URL, 404, "Not Found", Message(), None)

    web = Gone()
    with pytest.raises(BadInputError, match="404"):
        install(URL, tmp_path, [CARD], opener=web)
    assert web.times == 1


@pytest.mark.parametrize(
    "error", [urllib.error.URLError("no route"), TimeoutError("slow"), ConnectionResetError("cut")]
)
def test_network_trouble_is_bad_input(error: Exception, tmp_path: Path) -> None:
    class Down:
        def open(self, request: Any, timeout: float) -> Any:
            raise error

    with pytest.raises(BadInputError, match="download failed"):
        install(URL, tmp_path, [CARD], opener=Down())
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    "url", ["http://example.org/m.onnx", "ftp://x/m.onnx", "file:///etc/hosts"]
)
def test_only_https_is_downloaded(url: str, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="https only"):
        install(url, tmp_path, [CARD], opener=Web(MODEL))


def test_redirects_away_from_https_are_not_followed() -> None:
    handlers = [h for h in https_only().handlers if hasattr(h, "redirect_request")]
    assert len(handlers) == 1
    import urllib.request

    request = urllib.request.Request(URL)
    arguments = (request, None, 302, "Found", Message())
    with pytest.raises(urllib.error.URLError, match="https"):
        handlers[0].redirect_request(*arguments, "http://example.org/m.onnx")
    assert handlers[0].redirect_request(*arguments, "https://example.org/n.onnx") is not None


@pytest.mark.parametrize("from_web", [True, False])
def test_cancelling_leaves_nothing(from_web: bool, tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(MODEL)

    def cancel(done_bytes: int, total_bytes: int) -> None:
        raise CancelledError("cancelled")

    place = URL if from_web else str(tmp_path / "m.onnx")
    with pytest.raises(CancelledError):
        install(place, tmp_path / "models", [CARD], None, cancel, Web(MODEL))
    assert left(tmp_path / "models") == []
