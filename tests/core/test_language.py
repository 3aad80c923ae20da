"""One door for every text: catalogue, values, and names that look like formats."""

from collections.abc import Iterator

import pytest

from facedesk.core.language import tr, use_catalogue


@pytest.fixture(autouse=True)
def _english_afterwards() -> Iterator[None]:
    yield
    use_catalogue({})


def test_english_is_the_sentence_itself() -> None:
    assert tr("Good morning, {name}", name="Zoë") == "Good morning, Zoë"


def test_catalogue_translates_and_fills_in() -> None:
    use_catalogue({"Good morning, {name}": "Guten Morgen, {name}"})
    assert tr("Good morning, {name}", name="Jürgen") == "Guten Morgen, Jürgen"


@pytest.mark.parametrize("name", ["{0}", "{name}", "%s", "{", "田中さくら"])
def test_names_are_never_interpreted(name: str) -> None:
    assert tr("Good morning, {name}", name=name) == f"Good morning, {name}"
    assert tr(name) == name
