"""The list in memory finds what the store finds, and is read again only after a change."""

import pytest

from facedesk.gui.people_roll import Roll
from tests.gui.fake_desk import FakeDesk

NAMES = ("Zoë Müller", "José Núñez", "محمد علي", "Łukasz Wójcik", "Ada Lovelace")


@pytest.mark.parametrize("search", ["", "muller", "NUNEZ", "lukasz woj", "علي", "tables ada", "-"])
def test_it_finds_as_the_store_does(desk: FakeDesk, search: str) -> None:
    for number, name in enumerate(NAMES):
        desk.add_person(name, department="Tables", staff_number=f"7{number}")
    roll = Roll(desk.people)
    roll.refresh()
    assert [roll.everybody[place] for place in roll.found(search)] == desk.people.list(search)


def test_it_reads_again_only_after_a_change(
    desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.add_person("Ada")
    roll = Roll(desk.people)
    read = desk.people.list
    times = []
    monkeypatch.setattr(desk.people, "list", lambda: times.append(1) or read())
    roll.refresh()
    roll.refresh()
    assert len(times) == 1
    desk.people.remove(roll.everybody[0].id)
    roll.refresh()
    assert (len(times), roll.everybody) == (2, [])
