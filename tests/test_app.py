"""What the composition root tells of bugs."""

from facedesk.app import _bug


def test_a_bug_is_told_without_the_words_of_its_exception() -> None:
    fact = _bug(ValueError("Ada Lovelace is not in the list, PIN 5928"))
    told = f"{fact.title} {fact.message} {fact.hint}"
    assert "ValueError" in told
    assert "Ada" not in told
    assert "5928" not in told
