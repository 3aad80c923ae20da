"""Which models are installed, which one is used, and whether its file is what its card says."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from facedesk.core.errors import FaceDeskError, ModelError
from facedesk.core.language import tr
from facedesk.vision import install
from facedesk.vision.cards import ModelCard, Task, read_card
from facedesk.vision.install import Progress

MODEL_SUFFIXES = frozenset({".onnx", ".tflite", ".task"})

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Installed:
    """A model file that is what its card says."""

    card: ModelCard
    path: Path


@dataclass(frozen=True, slots=True)
class _Found:
    """A model file in one of the folders; `trouble` keeps it from being used."""

    path: Path
    card: ModelCard | None
    trouble: FaceDeskError | None
    order: tuple[int, int, str]


class Catalogue:
    """The models of some folders, looked up anew at each question; file hashes are remembered.

    `dirs` as `facedesk.paths.model_dirs` gives them. The card's rank decides which is used, then
    the folder's place: whoever installs a better model than the shipped one means to use it. A file
    is known by the card beside it (same stem, .json), else by its hash among the public cards in
    `public_dir`. Files that neither knows are left alone.
    """

    def __init__(self, dirs: Sequence[Path], public_dir: Path) -> None:
        self._dirs = list(dict.fromkeys(dirs))
        self._public_dir = public_dir
        self._hashes: dict[tuple[str, int, int], str] = {}

    def models(self, task: Task | None = None) -> list[Installed]:
        """The usable models of a task (or all), best first; one of each name."""
        usable: dict[str, Installed] = {}
        for found in self._find():
            if found.card and not found.trouble and task in (None, found.card.task):
                usable.setdefault(found.card.name, Installed(found.card, found.path))
        return list(usable.values())

    def choose(self, task: Task, name: str = "") -> Installed:
        """The model of that name, or the best of its task.

        A preferred file that is damaged is refused, never silently passed over for the next model:
        that would lose everybody who is enrolled. Raises ModelError.
        """
        for found in self._find():
            if found.card and found.card.task == task and name in ("", found.card.name):
                if found.trouble:
                    raise found.trouble
                return Installed(found.card, found.path)
        raise self._missing(task, name)

    def at(self, path: Path, task: Task) -> Installed:
        """The model in that very file, wherever it lies. Raises ModelError."""
        card, trouble = self._examine(path, {card.sha256: card for card in self.public_cards()})
        if trouble:
            raise trouble
        if card is None or card.task != task:
            raise ModelError(
                tr("This model cannot be used here"),
                tr("{file} has no card for this task.", file=path.name),
                tr("Put its card (JSON) beside it, or install it: facedesk models install."),
            )
        return Installed(card, path)

    def verify(self) -> list[tuple[Path, str]]:
        """Every model file and card of the folders with what is wrong with it ("" = nothing)."""
        result = [(f.path, f.trouble.message if f.trouble else "") for f in self._find()]
        known = {path.with_suffix("") for path, _ in result}
        for folder in self._dirs:
            for path in _files(folder):
                if path.suffix == ".json" and path.with_suffix("") not in known:
                    result.append((path, tr("The card's model file is missing.")))
                elif path.suffix in MODEL_SUFFIXES and path.with_suffix("") not in known:
                    result.append((path, tr("Unknown model: no card beside it.")))
        return result

    def install(
        self,
        file_or_url: str | Path,
        target_dir: Path,
        card: Path | None = None,
        progress: Progress | None = None,
    ) -> Installed:
        """Copy or download (https) a model into `target_dir`; see `install.install`."""
        given = read_card(card) if card else None
        installed = install.install(
            str(file_or_url), target_dir, self.public_cards(), given, progress
        )
        _log.info("model installed: %s", installed.name)
        return Installed(installed, target_dir / installed.file)

    def public_cards(self) -> list[ModelCard]:
        """The cards of well-known public models that ship with FaceDesk, best first."""
        cards = [read_card(path) for path in _files(self._public_dir) if path.suffix == ".json"]
        return sorted(cards, key=lambda card: (card.task, card.rank, card.name))

    def _find(self) -> list[_Found]:
        public = {card.sha256: card for card in self.public_cards()}
        found = []
        for place, folder in enumerate(self._dirs):
            for path in _files(folder):
                if path.suffix not in MODEL_SUFFIXES:
                    continue
                card, trouble = self._examine(path, public)
                if card or trouble:
                    rank = card.rank if card else 0
                    found.append(_Found(path, card, trouble, (rank, place, path.name)))
        return sorted(found, key=lambda entry: entry.order)

    def _examine(
        self, path: Path, public: dict[str, ModelCard]
    ) -> tuple[ModelCard | None, FaceDeskError | None]:
        beside = path.with_suffix(".json")
        card: ModelCard | None = None
        try:
            card = read_card(beside) if beside.is_file() else None
            sha256 = self._hash(path)
        except ModelError as error:
            return card, error
        if card is None:
            return public.get(sha256), None
        if sha256 != card.sha256:
            return card, ModelError(
                tr("The model file was changed"),
                tr("{file} is not the file that its card describes.", file=path.name),
                tr("Install it again: facedesk models install FILE-or-URL."),
            )
        return card, None

    def _hash(self, path: Path) -> str:
        try:
            stat = path.stat()
            key = (str(path), stat.st_size, stat.st_mtime_ns)
            if key not in self._hashes:
                with path.open("rb") as file:
                    self._hashes[key] = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ModelError(
                tr("The model file cannot be read"), f"{path}: {error.strerror or error}"
            ) from error
        return self._hashes[key]

    def _missing(self, task: Task, name: str) -> ModelError:
        kinds = {
            "detect": tr("No model that finds faces is installed."),
            "embed": tr("No model that recognises faces is installed."),
            "landmarks": tr("No model that finds face landmarks is installed."),
            "liveness": tr("No model that tells live faces from pictures is installed."),
        }
        public = [card for card in self.public_cards() if card.task == task]
        named = [card for card in public if card.name == name]
        # Best an address that can be downloaded from as it is.
        sources = sorted(
            (card.source for card in named or public),
            key=lambda source: Path(source).suffix not in MODEL_SUFFIXES,
        )
        message = tr("The model {name} is not installed.", name=name) if name else kinds[task]
        return ModelError(
            tr("A model is missing"),
            message,
            tr(
                "Install one: facedesk models install FILE-or-URL (for example from {source}), "
                "or set FACEDESK_MODELS to a folder that has it.",
                source=sources[0] if sources else "its authors",
            ),
        )


def _files(folder: Path) -> list[Path]:
    """Files of a folder in order, without hidden ones; a missing folder is an empty one."""
    try:
        return sorted(
            path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")
        )
    except OSError:
        return []
