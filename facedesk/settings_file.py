"""Settings in `settings.json` in the data folder."""

import json
import os
from dataclasses import asdict, fields
from pathlib import Path

from facedesk.core.errors import BadInputError, StoreError
from facedesk.core.json_text import decoded
from facedesk.core.language import tr
from facedesk.settings import Settings, checked

_LARGEST_BYTES = 1_000_000


def load(path: Path) -> Settings:
    """The stored settings; defaults where the file does not exist.

    Unknown names (from a newer version) are ignored, values out of range are refused with
    BadInputError: a kiosk must not start with a rule nobody chose.
    """
    repair = tr("Repair the file, or move it away to start with the defaults.")
    try:
        with path.open("rb") as file:
            stored = decoded(file.read(_LARGEST_BYTES + 1), _LARGEST_BYTES)
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:
        raise BadInputError(
            tr("The settings cannot be read"), f"{path}: {error}", repair
        ) from error
    if not isinstance(stored, dict):
        raise BadInputError(tr("The settings cannot be read"), f"{path}: not a JSON object", repair)
    settings = Settings()
    for name in [one.name for one in fields(Settings) if one.name in stored]:
        try:
            settings = checked(settings, {name: stored[name]})
        except BadInputError as error:
            words = f"{path}: {name}: {error.message}"
            raise BadInputError(error.title, words, repair) from error
    return settings


def save(path: Path, settings: Settings) -> None:
    """Write to a temporary file, then replace, so that a crash leaves the old or the new file."""
    temporary = path.with_suffix(".json.new")
    text = json.dumps(asdict(settings), indent=2, ensure_ascii=False)
    try:
        temporary.touch(mode=0o600)  # there may be a secret in it
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise StoreError(
            tr("The settings could not be saved"), f"{path}: {error.strerror or error}"
        ) from error
