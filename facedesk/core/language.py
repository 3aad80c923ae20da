"""The one door that every text for a person goes through.

`tr("Good morning, {name}", name=...)` looks the English sentence up in the active catalogue
(English sentence -> translation) and fills the named values in. An empty catalogue means "use the
sentence itself": what is not translated yet is English. The catalogue is the only module-level
state in the project; gettext keeps the same one, because a translation function that has to be
carried into every label is not used.

How a language writes dates and numbers is a sentence too ("d MMM", "1,234.5"), and its code is the
translation of "en". Names, codes and numbers that programs read (CSV, JSON) do not come through
this door.
"""

from collections.abc import Mapping
from numbers import Real
from string import Formatter

_catalogue: dict[str, str] = {}


def use_catalogue(catalogue: Mapping[str, str]) -> None:
    """Make `catalogue` (English sentence -> translation) the active one."""
    _catalogue.clear()
    _catalogue.update(catalogue)


def tr(sentence: str, /, **values: object) -> str:
    """The sentence in the user's language, with `{name}` fields filled from `values`.

    Values are inserted as they are and never interpreted, so a person called "{0}" stays "{0}".
    """
    text = _catalogue.get(sentence, sentence)
    return _FIELDS.vformat(text, (), values) if values else text


def language_code() -> str:
    """ISO 639 code of the language that `tr` speaks, such as 'de'."""
    return tr("en")


class _Fields(Formatter):
    """Numbers with the marks of the language; everything else as `str.format` writes it."""

    def format_field(self, value: object, format_spec: str) -> str:
        text = format(value, format_spec)
        if not isinstance(value, Real):
            return text
        number = tr("1,234.5")
        return text.translate({ord(","): number[1], ord("."): number[5]})


_FIELDS = _Fields()
