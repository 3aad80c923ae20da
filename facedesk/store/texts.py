"""What people may be called, and how they are found again, in any script."""

import unicodedata
from difflib import SequenceMatcher
from itertools import filterfalse

from facedesk.core.errors import BadInputError
from facedesk.core.language import tr

_SIMILAR = 0.85  # "Jon Smyth" and "John Smith" have 0.84, "Anna Berg" and "Anne Berg" 0.89
# Explicit direction marks stay (Arabic and Hebrew need them); what turns the REST of a line around
# does not, because it would make another row of the log read wrong.
_LINE_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_REFUSED_CATEGORIES = ("Cc", "Cs", "Zl", "Zp")
# Letters with a stroke or joined ones have no decomposition in Unicode.
_PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)


def clean(label: str, text: str, limit: int, *, required: bool = False, lines: bool = False) -> str:
    """`text` in Unicode's composed form (NFC) without space around it.

    `lines` allows line breaks and tabs. Raises BadInputError, which calls the field `label`.
    """
    text = unicodedata.normalize("NFC", text).strip()
    allowed = "\n\t" if lines else ""
    for character in text:
        if character in allowed:
            continue
        if character in _LINE_TURNING or unicodedata.category(character) in _REFUSED_CATEGORIES:
            raise BadInputError(
                tr("{label} not accepted", label=label),
                tr(
                    "{label} contains an invisible control character (U+{code}).",
                    label=label,
                    code=f"{ord(character):04X}",
                ),
                tr("Type it again instead of pasting it."),
            )
    if len(text) > limit:
        raise BadInputError(
            tr("{label} not accepted", label=label),
            tr(
                "{label} has {length} characters; up to {limit} are allowed.",
                label=label,
                length=len(text),
                limit=limit,
            ),
        )
    if required and not any(unicodedata.category(character)[0] not in "CZ" for character in text):
        raise BadInputError(
            tr("{label} not accepted", label=label), tr("{label} is empty.", label=label)
        )
    return text


def folded(text: str) -> str:
    """`text` for searching and sorting: without case, accents, vowel points and widths."""
    if text.isascii():
        return text.lower()  # most names, and a list of thousands is sorted by this
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    decomposed = unicodedata.normalize("NFKD", decomposed)
    plain = "".join(filterfalse(unicodedata.combining, decomposed))
    return plain.translate(_PLAIN_LETTERS)


def similar_names(first: str, second: str) -> bool:
    """Whether two names may be one person's: other order, accents or case, or a slip of the pen."""
    one, other = (" ".join(sorted(folded(name).split())) for name in (first, second))
    if not one or not other:
        return False
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.quick_ratio() >= _SIMILAR and matcher.ratio() >= _SIMILAR
