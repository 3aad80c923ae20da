"""A kiosk that finds its database damaged in the morning goes on, and says what happened."""

from pathlib import Path

import pytest

from facedesk.app import build_desk
from facedesk.core.errors import StoreError
from facedesk.core.records import Person
from facedesk.paths import DataPaths
from facedesk.settings import Settings
from facedesk.store import backups
from tests.fakes import FakeClock


def test_the_kiosk_starts_and_says_what_was_lost(tmp_path: Path) -> None:
    paths = DataPaths(tmp_path / "data").prepare()
    desk = build_desk(paths, Settings(), FakeClock(), alone=True)
    desk.people.add(Person(0, "Ada"))
    backups.make(desk.database, paths.backups, 3)
    desk.people.add(Person(0, "Brian"))
    desk.stop()
    paths.database.write_bytes(b"\0" * 50_000)
    with pytest.raises(StoreError):  # a command beside the kiosk repairs nothing
        build_desk(paths, Settings(), FakeClock())
    desk = build_desk(paths, Settings(), FakeClock(), alone=True)
    assert [person.name for person in desk.people.list()] == ["Ada"]
    (notice,) = desk.notices
    assert "Everything after the backup of 2026-03-02" in notice.message
    (kept,) = paths.root.glob("facedesk-damaged-*.db")
    assert str(kept) in notice.message
    assert kept.read_bytes() == b"\0" * 50_000
    desk.stop()
