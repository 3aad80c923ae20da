"""Installing a model: into a temporary file, hash checked, then put in place in one step."""

import hashlib
import http.client
import json
import os
import ssl
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from facedesk.core.errors import BadInputError, ModelError
from facedesk.core.language import tr
from facedesk.vision.cards import ModelCard

# Called with (bytes so far, bytes in all; 0 = not known). An exception from it cancels.
Progress = Callable[[int, int], None]

_CHUNK_BYTES = 262_144
_LARGEST_BYTES = 2_000_000_000
_TRIES = 4
_TIMEOUT_S = 30.0
_NETWORK_ERRORS = (
    urllib.error.URLError,
    http.client.HTTPException,
    TimeoutError,
    ConnectionError,
    ssl.SSLError,
)


def install(
    place: str,
    target_dir: Path,
    public: Sequence[ModelCard],
    card: ModelCard | None = None,
    progress: Progress | None = None,
    opener: Any = None,
) -> ModelCard:
    """Bring the file or https address `place` into `target_dir` and return its card.

    `card` says what it must be; without it the file must be one of the `public` cards. Whatever
    goes wrong or is cancelled, the folder is left as it was. A download that breaks off goes on
    where it stopped. `opener` (like urllib's) stands in for the network in tests. Raises
    BadInputError for a place that cannot be read, ModelError for a file that is not the card's.
    """
    try:
        target_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".install-", dir=target_dir) as temporary:
            model = Path(temporary, "model")
            sha256 = _fetch(place, model, progress or _quiet, opener)
            found = _identified(sha256, public, card)
            text = json.dumps(found.as_json(), indent=2, ensure_ascii=False)
            Path(temporary, "card").write_text(text + "\n", encoding="utf-8")
            model.replace(target_dir / found.file)
            Path(temporary, "card").replace((target_dir / found.file).with_suffix(".json"))
    except OSError as error:
        raise ModelError(
            tr("The model could not be installed"),
            f"{target_dir}: {error.strerror or error}",
            tr("Check that the folder can be written and the disk is not full."),
        ) from error
    return found


def _identified(sha256: str, public: Sequence[ModelCard], card: ModelCard | None) -> ModelCard:
    found = card or next((entry for entry in public if entry.sha256 == sha256), None)
    if found is None:
        raise ModelError(
            tr("The model is not known"),
            tr("The file is none of the public models that FaceDesk has a card for."),
            tr("Give its card with --card CARD.json, and check that the file is whole."),
        )
    if found.sha256 != sha256:
        raise ModelError(
            tr("The file is not the model of this card"),
            tr("The hash of the file differs from the card of {name}.", name=found.name),
            tr("Download it again; nothing was installed."),
        )
    return found


def _fetch(place: str, model: Path, report: Progress, opener: Any) -> str:
    """Bring `place` into the new file `model`, on the disk itself, and return its hash."""
    with model.open("x+b") as file:
        if "://" in place:
            download(place, file, report, opener or https_only())
        else:
            _copy(Path(place).expanduser(), file, report)
        file.flush()
        os.fsync(file.fileno())
        file.seek(0)
        return hashlib.file_digest(file, "sha256").hexdigest()


def _quiet(done_bytes: int, total_bytes: int) -> None:
    """Nobody is watching."""


def _copy(source: Path, file: BinaryIO, report: Progress) -> None:
    try:
        with source.open("rb") as model:
            total_bytes = os.fstat(model.fileno()).st_size
            while chunk := model.read(_CHUNK_BYTES):
                file.write(chunk)
                report(file.tell(), total_bytes)
    except OSError as error:
        if error.filename is None:  # not about the source: the disk it is written to is full
            raise
        raise BadInputError(
            tr("The file cannot be read"), f"{source}: {error.strerror or error}"
        ) from error


class _OnlyHttps(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: Any) -> urllib.request.Request | None:
        if urlsplit(arguments[-1]).scheme != "https":
            raise urllib.error.URLError("it leads to an address that is not https")
        return super().redirect_request(*arguments)


def https_only() -> urllib.request.OpenerDirector:
    """An opener that follows no redirect away from https; proxies and certificates as usual."""
    return urllib.request.build_opener(_OnlyHttps)


def download(url: str, file: BinaryIO, report: Progress, opener: Any) -> None:
    """Download into an empty file; after a break the rest is asked for, up to four times.

    Raises BadInputError.
    """
    if urlsplit(url).scheme != "https":
        raise BadInputError(
            tr("The address cannot be used"), tr("Models are downloaded by https only."), url
        )
    reason: Exception | None = None
    for _ in range(_TRIES):
        try:
            if _download_once(url, file, report, opener):
                return
        except urllib.error.HTTPError as error:
            error.close()
            reason = error
            if 400 <= error.code < 500:
                break  # asking again would not help
        except _NETWORK_ERRORS as error:
            reason = error
    raise BadInputError(
        tr("The download failed"),
        tr("{url}: {reason}", url=url, reason=reason or tr("the connection broke off")),
        tr("Check the address and the network, or install the model from a file."),
    ) from reason


def _download_once(url: str, file: BinaryIO, report: Progress, opener: Any) -> bool:
    """Fetch what is missing; True when the whole is there."""
    have_bytes = file.tell()
    headers = {"Range": f"bytes={have_bytes}-"} if have_bytes else {}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310  (https, checked above)
    with opener.open(request, timeout=_TIMEOUT_S) as answer:
        if have_bytes and answer.status != 206:  # it sends everything again: start over
            file.seek(0)
            file.truncate()
            have_bytes = 0
        length = answer.headers.get("Content-Length")
        total_bytes = have_bytes + int(length) if length and length.isdecimal() else 0
        if total_bytes > _LARGEST_BYTES:
            raise BadInputError(tr("The download failed"), tr("{url}: too large", url=url))
        while chunk := answer.read(_CHUNK_BYTES):
            file.write(chunk)
            report(file.tell(), total_bytes)
            if file.tell() > _LARGEST_BYTES:
                raise BadInputError(tr("The download failed"), tr("{url}: too large", url=url))
    return not total_bytes or file.tell() >= total_bytes
