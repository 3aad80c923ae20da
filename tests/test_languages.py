"""Every catalogue fits the program; what it misses is English, and no test's business."""

import json
import re
from pathlib import Path

import pytest

from facedesk.core.language import language_code, tr
from facedesk.settings import declared
from tests.languages import CATALOGUES, catalogue, main, sentences

EVERY = pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.stem)


def fields(sentence: str) -> list[str]:
    return sorted(re.findall(r"\{(\w*)", sentence))


@EVERY
def test_a_translation_has_the_fields_of_its_sentence(file: Path) -> None:
    wrong = [said for said, meant in catalogue(file).items() if fields(said) != fields(meant)]
    assert not wrong


@EVERY
def test_a_translation_joins_its_neighbours_as_its_sentence_does(file: Path) -> None:
    def edges(text: str) -> tuple[bool, bool]:
        return text[:1].isspace(), text[-1:].isspace()

    assert not [one for one, meant in catalogue(file).items() if edges(one) != edges(meant)]


@EVERY
def test_every_translated_sentence_is_one_of_the_program(file: Path) -> None:
    assert catalogue(file).keys() <= sentences()


@EVERY
def test_no_sentence_stands_twice_in_the_file(file: Path) -> None:
    pairs = json.loads(file.read_text("utf-8"), object_pairs_hook=list)
    assert len(pairs) == len(dict(pairs))


def test_every_language_can_be_chosen_and_is_there() -> None:
    choices = next(about.choices for name, _, about in declared() if name == "language")
    assert set(choices) == {"auto", "en", *(file.stem for file in CATALOGUES)}


def test_numbers_are_written_as_the_language_does(german: None) -> None:
    assert language_code() == "de"
    assert tr("{name}, {score:.2f}", name="1.5 {x}", score=0.731) == "1.5 {x}, 0,73"
    assert "12.345" in tr("The new face model has read {count:,} photos.", count=12345)


def test_what_is_not_translated_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    main()
    assert re.match(r"de: \d+ of \d+ sentences are not translated yet", capsys.readouterr().out)
