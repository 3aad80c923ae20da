"""Where files live: in a source tree, an installed package and a frozen program alike.

One override root, `FACEDESK_DATA` (or `--data-dir`), moves everything that FaceDesk writes.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from facedesk.core.errors import StoreError

_PACKAGE = Path(__file__).resolve().parent


def _bundled(folder: str) -> Path:
    """A read-only folder that ships with the program: frozen, installed, or beside the package."""
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen:
        return Path(frozen) / folder
    inside = _PACKAGE / folder
    return inside if inside.is_dir() else _PACKAGE.parent / folder


def resources_dir() -> Path:
    """Icons, catalogue cards, texts. Read-only."""
    return _bundled("resources")


def shipped_models_dir() -> Path:
    """The models that came with this FaceDesk. Read-only."""
    return _bundled("models")


def shared_dir() -> Path:
    """Public models and faces to measure on, beside a source tree; nowhere else is it there."""
    return _PACKAGE.parents[1] / "shared"


@dataclass(frozen=True, slots=True)
class DataPaths:
    """Everything that FaceDesk writes, below one root."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "facedesk.db"

    @property
    def key(self) -> Path:
        return self.root / "facedesk.key"

    @property
    def settings(self) -> Path:
        return self.root / "settings.json"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def exports(self) -> Path:
        return self.root / "exports"

    @property
    def profiles(self) -> Path:
        return self.root / "profiles"

    @property
    def backups(self) -> Path:
        return self.root / "backups"

    @property
    def receipts(self) -> Path:
        """Of deletions, to hand out."""
        return self.root / "receipts"

    @property
    def consent(self) -> Path:
        """The organisation's own consent texts."""
        return self.root / "consent"

    @property
    def lock(self) -> Path:
        return self.root / "facedesk.lock"

    def prepare(self) -> "DataPaths":
        """Create the root. Raises StoreError when it cannot be written."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            probe = self.root / ".write-probe"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise StoreError(
                "The data folder cannot be written",
                f"{self.root}: {error.strerror or error}",
                "Give this account write access to the folder, or choose another with --data-dir.",
            ) from error
        return self


def data_paths(override: Path | None = None) -> DataPaths:
    """The data folder: `override`, else FACEDESK_DATA, else the system's place for user data."""
    chosen = override or os.environ.get("FACEDESK_DATA")
    root = Path(chosen) if chosen else Path(platformdirs.user_data_dir("FaceDesk", appauthor=False))
    return DataPaths(root.expanduser().absolute())


def model_dirs(paths: DataPaths) -> list[Path]:
    """Where models are looked for, first match wins: shipped, the user's, then FACEDESK_MODELS."""
    extra = os.environ.get("FACEDESK_MODELS", "")
    return [
        shipped_models_dir(),
        paths.models,
        *(Path(entry).expanduser() for entry in extra.split(os.pathsep) if entry),
    ]
