"""The one door that every text for a person goes through.

`tr("Good morning, {name}", name=...)` looks the English sentence up in the active catalogue
(English sentence -> translation) and fills the named values in. English ships first: an empty
catalogue means "use the sentence itself". The catalogue is the only module-level state in the
project; gettext keeps the same one, because a translation function that has to be carried into
every label is not used.
"""

from collections.abc import Mapping

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
    return text.format_map(values) if values else text
