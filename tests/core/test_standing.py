import pytest

from facedesk.core.consent import ConsentAnswer
from facedesk.core.records import Person
from facedesk.core.standing import Standing, standing_of

WITH_FACE = Person(1, "Ada", samples=3)
WITHOUT = Person(1, "Ada")


@pytest.mark.parametrize(
    ("person", "answer", "asked", "recognisable", "alike", "expected"),
    [
        (WITH_FACE, ConsentAnswer.GIVEN, True, True, False, Standing.ACTIVE),
        (WITH_FACE, ConsentAnswer.GIVEN, True, True, True, Standing.LOOK_ALIKE),
        (WITH_FACE, ConsentAnswer.GIVEN, True, False, True, Standing.NEEDS_PHOTOS),
        (WITH_FACE, None, True, True, True, Standing.CONSENT_MISSING),
        (WITH_FACE, ConsentAnswer.WITHDRAWN, True, True, True, Standing.CONSENT_MISSING),
        (WITH_FACE, None, False, True, False, Standing.ACTIVE),
        (WITHOUT, ConsentAnswer.DECLINED, True, False, False, Standing.NO_FACE),
        (WITHOUT, ConsentAnswer.WITHDRAWN, False, False, False, Standing.NO_FACE),
        (WITHOUT, None, True, False, False, Standing.NEEDS_PHOTOS),
        (Person(1, "Ada", active=False), None, True, False, False, Standing.INACTIVE),
    ],
)
def test_what_is_most_urgent_is_shown(
    person: Person,
    answer: ConsentAnswer | None,
    asked: bool,
    recognisable: bool,
    alike: bool,
    expected: Standing,
) -> None:
    found = standing_of(
        person, answer, consent_asked=asked, recognisable=recognisable, look_alike=alike
    )
    assert found is expected
