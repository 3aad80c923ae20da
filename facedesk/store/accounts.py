"""Who may sign in. Passwords are stored as Argon2id hashes that others make; nothing in clear."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from facedesk.core.audit import Act
from facedesk.core.errors import BadInputError
from facedesk.core.language import tr
from facedesk.core.roles import Account, Role
from facedesk.store import audit
from facedesk.store.database import Database
from facedesk.store.texts import clean
from facedesk.store.times import from_text, to_text
from facedesk.store.vault import ACCOUNT_NAME, CODE_SECRET

NOBODY = ""  # whom failures of unknown names are counted for, all together


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a sign-in is held against. `totp_secret` is base32, '' for none."""

    password_hash: str
    totp_secret: str


class Accounts:
    """The accounts of one database. Usable from any thread. Every change is in the audit log."""

    def __init__(self, database: Database) -> None:
        self.database = self._database = database

    def exist(self) -> bool:
        return bool(self._database.read("SELECT 1 FROM accounts LIMIT 1"))

    def list(self) -> list[Account]:
        """In order of name."""
        accounts = [self._account(row) for row in self._database.read("SELECT * FROM accounts")]
        return sorted(accounts, key=lambda account: (account.name.casefold(), account.id))

    def find(self, name: str) -> Account | None:
        """By name; upper and lower case are the same."""
        index = self._index(name.strip())
        rows = self._database.read("SELECT * FROM accounts WHERE name_index = ?", [index])
        return self._account(rows[0]) if rows else None

    def get(self, account_id: int) -> Account | None:
        """None once it was removed."""
        rows = self._database.read("SELECT * FROM accounts WHERE id = ?", [account_id])
        return self._account(rows[0]) if rows else None

    def add(self, name: str, role: Role, password_hash: str) -> Account:
        """Raises BadInputError for a name that is taken, and when the first one is no owner."""
        name = clean(tr("Name"), name, 100, required=True)
        with self._database.transaction() as connection:
            if role is not Role.OWNER and not self.exist():
                raise BadInputError(
                    tr("The first account is the owner's"),
                    tr("Somebody has to be able to make the others."),
                )
            if self.find(name) is not None:
                raise BadInputError(
                    tr("The name is taken"), tr("There is an account {name}.", name=name)
                )
            by = self._database.actor()  # whoever makes the first one is nobody right after it
            account_id = self._database.next_id(connection, "accounts")
            sealed = self._database.vault.seal_text(name, ACCOUNT_NAME, account_id)
            connection.execute(
                "INSERT INTO accounts (id, name, name_index, role, password, created_utc)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    account_id,
                    sealed,
                    self._index(name),
                    role,
                    password_hash,
                    to_text(self._database.clock.utc()),
                ),
            )
            audit.note(
                self._database, Act.ACCOUNT_ADDED, _subject(account_id),
                after={"name": name, "role": role}, actor=by,
            )  # fmt: skip
        return Account(account_id, name, role)

    def set_password(self, account_id: int, password_hash: str) -> None:
        self._change(
            account_id, "password", password_hash, before={}, after={"password": tr("a new one")}
        )

    def set_role(self, account_id: int, role: Role) -> None:
        """Raises BadInputError when no owner would be left."""
        with self._database.transaction():
            account = self._require(account_id)
            if role is not Role.OWNER:
                self._refuse_last_owner(account)
            self._change(
                account_id, "role", role, before={"role": account.role}, after={"role": role}
            )

    def set_totp(self, account_id: int, secret: str) -> None:
        """The base32 secret of one-time codes; '' asks for none any more."""
        had = self._require(account_id).has_code
        with self._database.transaction() as connection:
            connection.execute("UPDATE accounts SET totp_step = 0 WHERE id = ?", [account_id])
            sealed = self._database.vault.seal(secret.encode("ascii"), CODE_SECRET.at(account_id))
            self._change(
                account_id, "totp_secret", sealed,
                before={"code": str(had)}, after={"code": str(bool(secret))},
            )  # fmt: skip

    def remove(self, account_id: int) -> None:
        """Raises BadInputError when no owner would be left."""
        with self._database.transaction() as connection:
            account = self._require(account_id)
            self._refuse_last_owner(account)
            connection.execute("DELETE FROM accounts WHERE id = ?", [account_id])
            connection.execute("DELETE FROM sign_in_failures WHERE who = ?", [str(account_id)])
            audit.note(
                self._database, Act.ACCOUNT_REMOVED, _subject(account_id),
                before={"name": account.name, "role": account.role},
            )  # fmt: skip

    # Signing in ---------------------------------------------------------------------------------

    def secrets(self, account_id: int) -> Secrets:
        row = self._database.read("SELECT * FROM accounts WHERE id = ?", [account_id])[0]
        secret = self._database.vault.open(row["totp_secret"], CODE_SECRET.at(account_id))
        return Secrets(row["password"], secret.decode("ascii"))

    def use_code(self, account_id: int, step: int) -> bool:
        """Whether the code of this time step is used for the first time; it is used up then."""
        with self._database.transaction() as connection:
            return (
                connection.execute(
                    "UPDATE accounts SET totp_step = :step WHERE id = :id AND totp_step < :step",
                    {"step": step, "id": account_id},
                ).rowcount
                == 1
            )

    def failures(self, who: str) -> tuple[int, datetime | None]:
        """How often in a row, and when last. `who` is an account's id as text, or NOBODY."""
        rows = self._database.read("SELECT * FROM sign_in_failures WHERE who = ?", [who])
        return (rows[0]["count"], from_text(rows[0]["last_utc"])) if rows else (0, None)

    def count_failure(self, who: str) -> None:
        """Once more, now."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO sign_in_failures VALUES (:who, 1, :utc)"
                " ON CONFLICT (who) DO UPDATE SET count = count + 1, last_utc = :utc",
                {"who": who, "utc": to_text(self._database.clock.utc())},
            )

    def forget_failures(self, who: str) -> None:
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM sign_in_failures WHERE who = ?", [who])

    def _change(
        self,
        account_id: int,
        column: str,
        value: str | bytes,
        *,
        before: dict[str, str],
        after: dict[str, str],
    ) -> None:
        with self._database.transaction() as connection:
            self._require(account_id)
            connection.execute(
                f"UPDATE accounts SET {column} = ? WHERE id = ?",  # noqa: S608 (constants)
                [value, account_id],
            )
            audit.note(self._database, Act.ACCOUNT_CHANGED, _subject(account_id), before, after)

    def _require(self, account_id: int) -> Account:
        account = self.get(account_id)
        if account is None:
            raise BadInputError(
                tr("Unknown account"), tr("There is no account {number}.", number=account_id)
            )
        return account

    def _refuse_last_owner(self, account: Account) -> None:
        owners = [other for other in self.list() if other.role is Role.OWNER]
        if account.role is Role.OWNER and len(owners) == 1:
            raise BadInputError(
                tr("The last owner stays"),
                tr("Without an owner nobody could change accounts and keys."),
                tr("Make somebody else an owner first."),
            )

    def _index(self, name: str) -> bytes:
        return self._database.blind("account", name)

    def _account(self, row: sqlite3.Row) -> Account:
        name = self._database.vault.open_text(row["name"], ACCOUNT_NAME, row["id"])
        return Account(row["id"], name, Role(row["role"]), bool(row["totp_secret"]))


def _subject(account_id: int) -> str:
    return f"account {account_id}"
