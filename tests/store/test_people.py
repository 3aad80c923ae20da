"""People and their faces: whole or not at all, in every script, gone when removed."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedesk.core.errors import BadInputError
from facedesk.core.matching import match
from facedesk.core.records import Person
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.texts import clean, folded
from tests.fakes import FakeClock
from tests.store.samples import NAMES, sample, vector


@pytest.fixture
def people(database: Database) -> People:
    return People(database)


def test_a_person_comes_back_as_stored(people: People, clock: FakeClock) -> None:
    stored = people.add(
        Person(0, "Ada Lovelace", "E-17", "Analysis", "likes\nnumbers"), [sample(1), sample(2)]
    )
    assert stored.id > 0
    assert stored == people.get(stored.id)
    assert stored == Person(
        stored.id, "Ada Lovelace", "E-17", "Analysis", "likes\nnumbers", True, clock.utc(), 2
    )


def test_samples_come_back_bit_for_bit(people: People, clock: FakeClock) -> None:
    person = people.add(Person(0, "Ada"), [sample(1, crop=b"\xff\xd8jpeg")])
    (stored,) = people.samples(person.id)
    assert stored.vector.dtype == np.float32
    assert np.array_equal(stored.vector, vector(1))
    assert (stored.person_id, stored.contract, stored.source) == (person.id, "model-1", "test")
    assert (stored.crop_jpeg, stored.created_utc) == (b"\xff\xd8jpeg", clock.utc())


@pytest.mark.parametrize("name", NAMES)
def test_names_of_all_scripts_come_back_and_are_found(people: People, name: str) -> None:
    person = people.add(Person(0, f"  {name} ", name[:64], name, name))
    assert person.name == person.department == person.notes == name
    assert people.get(person.id).name == name
    people.add(Person(0, "Somebody Else"))
    assert [found.id for found in people.list(name.upper())] == [person.id]
    found = people.find_by_staff_number(name[:64])
    assert found is not None
    assert found.id == person.id


@pytest.mark.parametrize(
    ("search", "name"),
    [
        ("zoe angstrom", "Zoë Ångström"),
        ("ZOË", "Zoe"),
        ("soren", "Søren"),
        ("strasse", "Straße"),
        ("istanbul", "İstanbul"),
        ("ΑΛΕΞΑΝΔΡΟΣ", "Αλέξανδρος"),
        ("йод", "ЙОД"),
        ("محمد", "مُحَمَّد"),
        ("שלום", "שָׁלוֹם"),
        ("ｱｷﾗ", "アキラ"),
        ("love ada", "Ada Lovelace"),
        ("e17 ada", "Ada"),
        ("nalys", "Ada"),
    ],
)
def test_search_ignores_case_accents_order_and_width(
    people: People, search: str, name: str
) -> None:
    people.add(Person(0, name, "E17", "Analysis"))
    people.add(Person(0, "Unrelated", "X1", "Other"))
    assert [person.name for person in people.list(search)] == [name]


def test_the_list_is_in_order_of_name_and_counts_samples(people: People) -> None:
    people.add(Person(0, "Özil"), [sample(1)])
    people.add(Person(0, "Zoe"))
    people.add(Person(0, "anna", active=False), [sample(2), sample(3)])
    assert [(person.name, person.samples) for person in people.list()] == [
        ("anna", 2),
        ("Özil", 1),
        ("Zoe", 0),
    ]
    assert [person.name for person in people.list(active_only=True)] == ["Özil", "Zoe"]
    assert people.count() == 3


@pytest.mark.parametrize(
    "name",
    ["", "   ", "\u200b\u200d", "a\x00b", "a\nb", "\x1b[31mred", "evil\u202egnp.exe", "\ud800",
     "line\u2028line", "x" * 201],
)  # fmt: skip
def test_names_that_would_spoil_the_log_are_refused(people: People, name: str) -> None:
    with pytest.raises(BadInputError) as caught:
        people.add(Person(0, name))
    assert "Name" in caught.value.title
    assert people.list() == []


def test_a_name_is_stored_composed(people: People) -> None:
    assert people.add(Person(0, "Zoe\u0308")).name == "Zo\u00eb"
    assert len(people.add(Person(0, "e\u0301" * 200)).name) == 200


@given(st.text())
def test_what_is_accepted_stays_as_it_is(text: str) -> None:
    try:
        once = clean("Name", text, 200, required=True)
    except BadInputError:
        return
    assert clean("Name", once, 200, required=True) == once
    assert folded(folded(once)) == folded(once)


def test_a_staff_number_belongs_to_one_person(people: People) -> None:
    ada = people.add(Person(0, "Ada", "E17"))
    people.add(Person(0, "No number"))
    people.add(Person(0, "No number either"))
    with pytest.raises(BadInputError, match="Ada has the staff number"):
        people.add(Person(0, "Bob", "e17"))
    bob = people.add(Person(0, "Bob", "E18"))
    with pytest.raises(BadInputError, match="Staff number already taken"):
        people.update(replace(bob, staff_number="E17"))
    assert people.update(replace(ada, name="Ada L.")).name == "Ada L."
    found = people.find_by_staff_number(" e17 ")
    assert found is not None
    assert found.id == ada.id
    assert people.find_by_staff_number("") is None


@pytest.mark.parametrize(
    "bad",
    [
        replace(sample(2), vector=vector(2) * 2),
        replace(sample(2), vector=np.full(8, np.nan, np.float32)),
        replace(sample(2), vector=vector(2).astype(np.float64)),
        replace(sample(2), vector=vector(2)[None]),
        sample(2, dimension=9),
    ],
)
def test_one_bad_sample_stores_nothing_of_the_person(people: People, bad) -> None:
    before = people.generation()
    with pytest.raises(ValueError, match=r"embedding|dimension"):
        people.add(Person(0, "Ada"), [sample(1), bad])
    assert people.list() == []
    assert people.generation() == before


def test_samples_are_added_and_removed(people: People) -> None:
    ada = people.add(Person(0, "Ada"), [sample(1, crop=b"old")])
    assert people.add_samples(ada.id, [sample(2, crop=b"new"), sample(3)]).samples == 3
    assert people.portrait(ada.id) == b"new"
    people.remove_sample(people.samples(ada.id)[1].id)
    assert people.portrait(ada.id) == b"old"
    assert people.get(ada.id).samples == 2
    with pytest.raises(BadInputError, match="Unknown person"):
        people.add_samples(99, [sample(4)])
    assert people.portrait(99) == b""


def test_the_gallery_holds_active_people_of_one_model(people: People) -> None:
    ada = people.add(Person(0, "Ada"), [sample(1), sample(2), sample(9, contract="model-2")])
    bob = people.add(Person(0, "Bob"), [sample(3)])
    people.add(Person(0, "Gone", active=False), [sample(4)])
    people.add(Person(0, "No face"))
    gallery = people.gallery("model-1")
    assert gallery.contract == "model-1"
    assert gallery.person_ids.tolist() == [ada.id, ada.id, bob.id]
    assert np.array_equal(gallery.vectors, np.stack([vector(1), vector(2), vector(3)]))
    assert gallery.names == {ada.id: "Ada", bob.id: "Bob"}
    assert match(people.gallery("model-3"), vector(1)[None])[0].person_id is None


def test_every_change_raises_the_generation(people: People, path: Path, clock: FakeClock) -> None:
    seen = [people.generation()]

    def changed() -> bool:
        seen.append(people.generation())
        return seen[-1] > seen[-2]

    ada = people.add(Person(0, "Ada"))
    assert changed()
    people.update(replace(ada, active=False))
    assert changed()
    people.add_samples(ada.id, [sample(1)])
    assert changed()
    people.remove_sample(people.samples(ada.id)[0].id)
    assert changed()
    with Database.open(path, clock=clock) as other_program:
        People(other_program).add(Person(0, "Bob"))
    assert changed()
    thread = threading.Thread(target=people.remove, args=[ada.id])
    thread.start()
    thread.join()
    assert changed()
    people.list()
    people.gallery("model-1")
    assert not changed()


def test_a_removed_person_is_erased_from_the_disk(
    people: People, database: Database, path: Path
) -> None:
    other = people.add(Person(0, "Bob"), [sample(2)])
    crop = b"\xff\xd8" + b"portrait of Ada" * 500
    ada = people.add(
        Person(0, "Ada Lovelace", "E17", "Analysis", "diabetic"), [sample(1, crop=crop)]
    )
    people.remove(ada.id)

    assert [person.id for person in people.list()] == [other.id]
    assert people.count() == 1
    assert people.samples(ada.id) == []
    assert people.portrait(ada.id) == b""
    assert people.find_by_staff_number("E17") is None
    assert set(people.gallery("model-1").names) == {other.id}
    left = people.get(ada.id)
    assert (left.name, left.staff_number, left.notes) == (f"Removed person {ada.id}", "", "")
    assert not left.active
    for secret in (b"Ada Lovelace", b"diabetic", b"portrait of Ada", vector(1).tobytes()):
        for file in path.parent.glob("facedesk.db*"):
            assert secret not in file.read_bytes()
    assert database.check() == ()

    for change in (people.remove, lambda number: people.add_samples(number, [sample(3)])):
        with pytest.raises(BadInputError, match="removed"):
            change(ada.id)
    with pytest.raises(BadInputError, match="removed"):
        people.update(replace(left, name="Back"))
    assert people.add(Person(0, "Ada Lovelace", "E17")).id > ada.id


def test_an_unknown_person_is_a_clear_error(people: People) -> None:
    for call in (people.get, people.remove, lambda number: people.update(Person(number, "X"))):
        with pytest.raises(BadInputError, match="Unknown person"):
            call(41)
