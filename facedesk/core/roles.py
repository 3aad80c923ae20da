"""Who may do what: four roles, each with all rights of those before it, and ONE table of actions.

An action is a command of the command line by its words ("people remove"), or what the window calls
the same thing; pages of the window are actions too ("page people"). Window and command line ask the
same table, and an action that it does not know needs an owner.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """From no rights to all of them."""

    KIOSK = "kiosk"  # nobody is signed in: check in, be seen
    OPERATOR = "operator"  # see the records, correct them
    ADMIN = "admin"  # enrol and remove people, change the rules
    OWNER = "owner"  # keys, accounts, backups, the audit log

    @property
    def level(self) -> int:
        return list(Role).index(self)

    def includes(self, other: "Role") -> bool:
        return self.level >= other.level


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in. `has_code`: a one-time code is asked beside the password."""

    id: int
    name: str
    role: Role
    has_code: bool = False


_ACTIONS: Mapping[Role, tuple[str, ...]] = {
    Role.KIOSK: (
        "run", "demo", "watch", "doctor", "models list", "models verify",
        "bench", "bench attendance", "bench attacks", "bench gallery", "bench people",
        "bench import", "bench pin", "bench badge", "bench safety", "bench soak", "bench restart",
        "page kiosk",
    ),
    Role.OPERATOR: (
        "page people", "page log", "page hours",
        "people", "today", "report", "export", "explain", "identify",
        "correct add", "correct cancel", "correct move", "correct time", "correct direction",
        "correct list", "correct statements", "correct confirm", "correct refuse",
        "schedule list", "absence list", "outbox list",
        "profile list", "profile show",
    ),
    Role.ADMIN: (
        "page settings", "page safety",
        "people pin", "people badge", "people unlock", "people liveness", "refusals",
        "enroll", "people remove", "correct close", "import", "models install",
        "people merge", "people undo-merge", "people consent", "people reembed",
        "people mistakes", "people forget-mistake", "people renewals", "people undo-renewal",
        "people reviews", "people assign-review", "people discard-review",
        "people export-gallery", "people import-gallery", "people receipts",
        "schedule set", "schedule end", "schedule remove", "schedule assign", "schedule unassign",
        "absence add", "absence remove",
        "profile save", "profile set", "profile remove",
        "outbox send", "outbox skip", "outbox test", "outbox secret",
        "settings", "leave kiosk",
        "privacy due", "privacy erase", "privacy export",
    ),
    Role.OWNER: (
        "accounts", "accounts add", "accounts password", "accounts role", "accounts remove",
        "accounts code",
        "db check", "db verify", "db backup", "db restore", "db salvage", "db migrate", "db vacuum",
        "db rotate-key", "db key", "db key add", "db key remove",
        "audit",
    ),
}  # fmt: skip

NEEDS: Mapping[str, Role] = {
    action: role for role, actions in _ACTIONS.items() for action in actions
}


def needed(action: str) -> Role:
    """The role that an action needs; OWNER for one that nobody entered in the table."""
    return NEEDS.get(action, Role.OWNER)
