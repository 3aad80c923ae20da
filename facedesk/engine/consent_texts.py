"""The text that a person is asked to agree to, in the person's language."""

import re
from collections.abc import Sequence
from pathlib import Path

from facedesk.core.consent import ConsentText
from facedesk.core.errors import BadInputError
from facedesk.core.language import tr

_ORGANISATION = re.compile(r"\{organisation\|([^}]*)\}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LONGEST = 20_000
FALLBACK = "en"


class ConsentTexts:
    """One file a language, `<language>.txt`: the title, an empty line, the text.

    Of several folders the first that has a language wins: an organisation puts its own text into
    the data folder. `{organisation|your employer}` becomes the organisation's name, or what stands
    behind the bar where it has none.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders

    def languages(self) -> list[str]:
        """The languages that there is a text in, by their codes."""
        found = {
            path.stem
            for folder in self._folders
            if folder.is_dir()
            for path in folder.glob("*.txt")
            if _LANGUAGE.fullmatch(path.stem)
        }
        return sorted(found)

    def text(self, language: str, organisation: str) -> ConsentText:
        """In this language; in English where there is none. Raises BadInputError for a text that
        cannot be read: nobody can agree to that.
        """
        there = self.languages()
        wanted = (language, language.partition("-")[0], FALLBACK)
        chosen = next((code for code in wanted if code in there), "")
        for folder in self._folders:
            path = folder / f"{chosen}.txt"
            if path.is_file():
                text = _read(path)
                return ConsentText(chosen, _ORGANISATION.sub(
                    lambda found: organisation.strip() or found[1], text
                ))  # fmt: skip
        raise BadInputError(
            tr("There is no consent text"),
            tr("No text for “{language}” and none in English was found.", language=language),
            tr("Put a text into the folder “consent” of the data folder."),
        )


def _read(path: Path) -> str:
    title = tr("The consent text cannot be used")
    try:
        text = path.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(title, f"{path}: {error}", tr("Save it as UTF-8 text.")) from error
    if "\n" not in text or len(text) > _LONGEST:
        raise BadInputError(
            title,
            tr("{file} needs a title, a text below it, and at most 20,000 characters.", file=path),
        )
    return text
