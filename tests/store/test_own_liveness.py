import pytest

from facedesk.core.errors import BadInputError
from facedesk.core.liveness import Policy
from facedesk.core.records import Person
from facedesk.store.audit import Audit
from facedesk.store.database import Database
from facedesk.store.own_liveness import OwnLiveness
from facedesk.store.people import People


def test_a_policy_is_kept_changed_and_given_back_and_that_is_written_down(
    database: Database,
) -> None:
    ada = People(database).add(Person(0, "Ada"), []).id
    own = OwnLiveness(database)
    assert own.all() == {}
    own.set(ada, Policy.ALWAYS)
    own.set(ada, Policy.PASSIVE)
    assert own.all() == {ada: Policy.PASSIVE}
    own.set(ada, None)
    assert own.all() == {}
    changes = [entry.after for entry in Audit(database).entries(limit=3)]
    assert changes == [{"liveness": ""}, {"liveness": "passive"}, {"liveness": "always challenge"}]


def test_it_goes_with_the_person(database: Database) -> None:
    ada = People(database).add(Person(0, "Ada"), []).id
    own = OwnLiveness(database)
    own.set(ada, Policy.ALWAYS)
    People(database).remove(ada)
    assert own.all() == {}
    with pytest.raises(BadInputError):
        own.set(ada, Policy.OFF)
    assert database.check() == ()
