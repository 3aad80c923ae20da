"""The liveness policy of people for whom it is not the kiosk's."""

from facedesk.core.audit import Act
from facedesk.core.liveness import Policy
from facedesk.store import audit
from facedesk.store.database import Database
from facedesk.store.person_rows import require_person


class OwnLiveness:
    """Of one database. Usable from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[int, Policy]:
        """By person id; whoever is not in it follows the kiosk."""
        rows = self._database.read("SELECT person_id, policy FROM liveness_policies")
        return {row["person_id"]: Policy(row["policy"]) for row in rows}

    def set(self, person_id: int, policy: Policy | None) -> None:
        """None: as the kiosk. Counts with the next frame. Raises BadInputError for nobody."""
        with self._database.transaction() as connection:
            require_person(connection, person_id)
            before = connection.execute(
                "DELETE FROM liveness_policies WHERE person_id = ? RETURNING policy", [person_id]
            ).fetchone()
            if policy is not None:
                connection.execute(
                    "INSERT INTO liveness_policies VALUES (?, ?)", [person_id, policy.value]
                )
            audit.note(
                self._database,
                Act.PERSON_CHANGED,
                audit.subject_of(person_id),
                {"liveness": before["policy"] if before else ""},
                {"liveness": policy.value if policy else ""},
            )
