"""The part of `doctor` that looks after backups, keys and the emergency file."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from facedesk.commands.place import Place
from facedesk.core.clock import SystemClock
from facedesk.store import backups, rotation
from facedesk.store.database import Database
from facedesk.store.keys import KeyFile
from facedesk.store.spool import Spool
from facedesk.store.wraps import KeyKind

Line = tuple[str, bool | None, str, str]  # topic, fine, text, hint


def lines(place: Place, database: Database) -> Iterator[Line]:
    """What is to be said; `database` is open."""
    yield _backups(place, database)
    yield from _keys(database)
    kept = [
        path.name
        for why in ("damaged", "replaced")
        for path in database.path.parent.glob(f"{database.path.stem}-{why}-*.db")
    ]
    if kept:
        hint = "They hold people who were erased since: remove them when nobody needs them."
        yield "old files", None, f"kept beside the database: {', '.join(sorted(kept))}", hint
    waiting = len(Spool(database.path).waiting(database.vault))
    if waiting:
        hint = "They are entered when the kiosk starts, or with the next check-in."
        yield "emergency", False, f"{waiting} punches wait in the emergency file", hint


def _backups(place: Place, database: Database) -> Line:
    settings = place.settings()
    folder = Path(settings.backup_folder) if settings.backup_folder else database.backups
    made = backups.listed(folder, database.path.stem)
    if not settings.backup_every_h:
        return "backups", None, "switched off by the settings", ""
    if not made:
        return "backups", None, "none yet; the kiosk makes one", ""
    age = SystemClock().utc() - made[0].made_utc
    fine = age < timedelta(hours=2 * settings.backup_every_h)
    hint = "" if fine else "Does the kiosk run? “facedesk db backup” makes one now."
    text = f"{len(made)} in {folder}, the newest of {made[0].made_utc:%F %H:%M} UTC"
    return "backups", fine, text, hint


def _keys(database: Database) -> Iterator[Line]:
    ways = rotation.ways_in(database)
    kinds = sorted({way.kind.value for way in ways})
    hint = ""
    if KeyKind.PASSPHRASE not in kinds:
        hint = "A passphrase opens it where the key is lost: facedesk db key add passphrase"
    yield "key", True, f"faces are sealed; opened by: {', '.join(kinds)}", hint
    for path in sorted({way.place for way in ways if way.kind is KeyKind.FILE}):
        if KeyFile(Path(path)).readable_by_others():
            yield "key", False, f"others can read {path}", f"chmod 600 {path}"
    if rotation.pending(database):
        yield "key", None, "a change of keys is under way; the kiosk or rotate-key ends it", ""
