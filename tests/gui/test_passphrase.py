"""A kiosk whose database opens by passphrase asks for it in a window."""

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QInputDialog, QLineEdit
from pytestqt.qtbot import QtBot

from facedesk.commands.place import Place
from facedesk.core.records import Person
from facedesk.store import rotation
from facedesk.store.people import People
from facedesk.store.wraps import KeyKind, MissingKeyError

WORDS = "correct horse battery"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A data folder whose key file is gone."""
    monkeypatch.setattr("facedesk.store.wraps._ARGON2_MEMORY_KIB", 64)
    monkeypatch.setattr("sys.stdin", None)
    first = Place(tmp_path / "data", passphrase=WORDS)
    with first.database() as database:
        People(database).add(Person(0, "Ada", notes="n"))
        rotation.add_way_in(database, KeyKind.PASSPHRASE)
    first.paths().key.unlink()
    return Place(tmp_path / "data", has_window=True)


def _answer(text: str | None) -> None:
    (dialog,) = [one for one in QApplication.topLevelWidgets() if isinstance(one, QInputDialog)]
    field = dialog.findChild(QLineEdit)
    assert field is not None
    assert field.echoMode() is QLineEdit.EchoMode.Password
    if text is None:
        dialog.reject()
    else:
        field.setText(text)
        dialog.accept()


def test_the_passphrase_opens_the_database_and_is_asked_once(place: Place, qtbot: QtBot) -> None:
    QTimer.singleShot(50, lambda: _answer(WORDS))
    for _ in range(2):
        with place.database() as database:
            assert People(database).get(1).notes == "n"


def test_who_gives_none_is_told_what_is_missing(place: Place, qtbot: QtBot) -> None:
    QTimer.singleShot(50, lambda: _answer(None))
    with pytest.raises(MissingKeyError) as caught:
        place.database()
    assert "give the passphrase" in caught.value.hint
