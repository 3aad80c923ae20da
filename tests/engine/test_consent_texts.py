from pathlib import Path

import pytest

from facedesk.core.errors import BadInputError
from facedesk.engine.consent_texts import ConsentTexts
from facedesk.paths import resources_dir

SHIPPED = resources_dir() / "consent"


def test_each_language_says_who_asks_what_is_stored_and_that_it_is_free() -> None:
    texts = ConsentTexts([SHIPPED])
    assert {"de", "en"} <= set(texts.languages())
    english = texts.text("en", "Analytical Works")
    assert "Analytical Works records working times" in english.body
    assert "PIN or a badge" in english.body
    german = texts.text("de", "")
    assert german.title == "Einwilligung in die Erkennung am Gesicht"
    assert "Ihr Arbeitgeber erfasst" in german.body
    assert "freiwillig" in german.body
    for language in texts.languages():
        assert "{" not in texts.text(language, "").text


@pytest.mark.parametrize(
    ("asked", "given"), [("de-AT", "de"), ("tlh", "en"), ("", "en"), ("../../etc", "en")]
)
def test_another_region_or_an_unknown_language_falls_back(asked: str, given: str) -> None:
    assert ConsentTexts([SHIPPED]).text(asked, "").language == given


def test_the_organisations_own_text_wins_and_is_another_version(tmp_path: Path) -> None:
    own = tmp_path / "consent"
    own.mkdir()
    (own / "en.txt").write_text("Our terms\n\n{organisation|We} like <b>faces</b>.", "utf-8")
    (own / "tr.txt").write_text("\ufeffOnay\n\nKabul ediyorum.", "utf-8")
    texts = ConsentTexts([own, SHIPPED])
    text = texts.text("en", "{0} %s")
    assert text.body == "{0} %s like <b>faces</b>."
    assert texts.text("tr", "").title == "Onay"
    assert texts.text("de", "").title.startswith("Einwilligung")
    assert text.hash != ConsentTexts([SHIPPED]).text("en", "{0} %s").hash


@pytest.mark.parametrize("content", [b"", b"only a title", b"\xff\xfe\x00", b"a\n" + b"x" * 30_000])
def test_a_text_that_nobody_can_agree_to_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "en.txt").write_bytes(content)
    with pytest.raises(BadInputError):
        ConsentTexts([tmp_path]).text("en", "")


def test_no_text_at_all_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no consent text"):
        ConsentTexts([tmp_path / "nowhere"]).text("en", "")
