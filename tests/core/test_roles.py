from facedesk.core.audit import changed
from facedesk.core.roles import NEEDS, Role, needed


def test_each_role_has_all_rights_of_those_before_it() -> None:
    roles = list(Role)
    for role in roles:
        assert [other for other in roles if role.includes(other)] == roles[: role.level + 1]


def test_nothing_personal_is_free() -> None:
    free = {action for action, role in NEEDS.items() if role is Role.KIOSK}
    assert not [
        action
        for action in free
        if action.split()[0] in ("people", "export", "report", "correct", "privacy", "db", "audit")
    ]


def test_what_nobody_entered_needs_an_owner() -> None:
    assert needed("anything") is Role.OWNER


def test_only_what_differs_is_kept() -> None:
    before, after = changed({"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "4", "d": "5"})
    assert before == {"b": "2", "c": "3"}
    assert after == {"b": "4", "d": "5"}
