"""A reader is told from a person by the pace of the keys."""

from facedesk.core.badge_burst import BadgeBurst


def typed(text: str, gap_ms: float, start_ms: float = 10_000.0) -> str:
    burst = BadgeBurst()
    at_ms = start_ms
    for letter in text:
        burst.key(letter, at_ms)
        at_ms += gap_ms
    return burst.end(at_ms)


def test_a_readers_burst_is_a_badge() -> None:
    assert typed("04A2F917", 4) == "04A2F917"
    assert typed("04A2F917", 30) == "04A2F917"


def test_a_persons_typing_is_none_however_fast() -> None:
    assert typed("04A2F917", 80) == ""
    assert typed("12", 4) == ""


def test_a_key_before_the_burst_does_not_belong_to_it() -> None:
    burst = BadgeBurst()
    burst.key("x", 0)
    for number, letter in enumerate("1234"):
        burst.key(letter, 500 + number)
    assert burst.end(504) == "1234"


def test_enter_long_after_the_keys_is_a_persons() -> None:
    burst = BadgeBurst()
    for number, letter in enumerate("1234"):
        burst.key(letter, number)
    assert burst.end(400) == ""
    assert burst.end(401) == ""
