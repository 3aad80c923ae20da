"""Stories of the two dialogs about what the kiosk learnt."""

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from facedesk.core.facts import PunchRecorded
from facedesk.core.records import Person, Probe, Sample
from facedesk.gui.learnt_dialog import LearntDialog
from facedesk.gui.main_window import MainWindow
from facedesk.gui.review_dialog import ReviewDialog
from facedesk.gui.theme import Theme
from facedesk.settings import Settings
from facedesk.store.reviews import NearMiss, StoredReviews
from facedesk.vision.pictures import encode_jpeg
from tests.gui.fake_desk import SEEN_BY_CAMERA, FakeDesk, quality, unit_vector

CROP = np.full((192, 192, 3), 120, np.uint8)
Click = Callable[[object], None]


@pytest.fixture
def ada(desk: FakeDesk) -> Person:
    return desk.people.add(
        Person(0, "Ada Lovelace"), [Sample(0, 0, "fake-1", unit_vector(1), "test")]
    )


@pytest.fixture
def click(qtbot: QtBot) -> Click:
    return lambda button: qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def near_miss(desk: FakeDesk, person: Person, seed: int) -> NearMiss:
    return NearMiss(
        person.id, "fake-1", desk.clock.utc(), 0.44, 0.47, "Best 0.44, below 0.47: not recorded.",
        unit_vector(seed), encode_jpeg(CROP),
    )  # fmt: skip


def test_not_me_is_shown_and_forgotten(
    desk: FakeDesk, window: MainWindow, theme: Theme, ada: Person, click: Click
) -> None:
    told = desk.kiosk.check_in(ada.id, SEEN_BY_CAMERA)
    assert isinstance(told, PunchRecorded)
    probe = Probe("fake-1", unit_vector(3), CROP, quality())
    desk.learning.mistakes.remember(ada.id, probe, told.punch.id)
    dialog = LearntDialog(desk, theme, window, ada)  # type: ignore[arg-type]
    dialog.open()
    assert not dialog.undo_button.isVisible()
    [forget] = dialog.forget_buttons
    click(forget)
    assert desk.learning.negatives.list() == []
    assert dialog.forget_buttons == []


def test_renewed_faces_are_taken_back_one_by_one(
    desk: FakeDesk, window: MainWindow, theme: Theme, ada: Person, click: Click
) -> None:
    told = desk.kiosk.check_in(ada.id, SEEN_BY_CAMERA)
    assert isinstance(told, PunchRecorded)
    for seed in (5, 6):
        sample = Sample(0, ada.id, "fake-1", unit_vector(seed), "check-in", b"", desk.clock.utc())
        desk.learning.renewals.renew(sample, told.punch.id, 0.8, most=2)
        desk.clock.advance(timedelta(days=20).total_seconds())
    dialog = LearntDialog(desk, theme, window, ada)  # type: ignore[arg-type]
    dialog.open()
    click(dialog.undo_button)
    assert len(desk.people.samples(ada.id)) == 2
    click(dialog.undo_all_button)
    assert len(desk.people.samples(ada.id)) == 1
    assert not dialog.undo_button.isVisible()


def test_near_misses_are_decided_one_after_another(
    desk: FakeDesk, window: MainWindow, theme: Theme, ada: Person, click: Click
) -> None:
    bert = desk.people.add(Person(0, "Bert"))
    reviews = StoredReviews(desk.database)
    for seed in (5, 6, 7):
        reviews.add(near_miss(desk, ada, seed), days=3)
    dialog = ReviewDialog(desk, theme, window)  # type: ignore[arg-type]
    dialog.open()
    assert dialog.person.currentText() == "Ada Lovelace"
    assert "Most like Ada Lovelace: 0.44, needed 0.47. 3 in all." in dialog.words.text()
    click(dialog.assign_button)
    dialog.person.setCurrentIndex(dialog.person.findData(bert.id))
    click(dialog.assign_button)
    click(dialog.discard_button)
    assert [len(desk.people.samples(person.id)) for person in (ada, bert)] == [2, 1]
    assert desk.learning.review.count() == 0
    assert "Nobody waits" in dialog.words.text()
    assert not dialog.assign_button.isVisible()


def test_an_empty_queue_says_that_it_is_off(
    desk: FakeDesk, window: MainWindow, theme: Theme, ada: Person
) -> None:
    dialog = ReviewDialog(desk, theme, window)  # type: ignore[arg-type]
    assert "setting" in dialog.reason.text()
    desk.settings = Settings(review_days=3)
    dialog = ReviewDialog(desk, theme, window)  # type: ignore[arg-type]
    assert dialog.reason.text() == ""


def test_the_people_page_opens_both(
    desk: FakeDesk, window: MainWindow, ada: Person, qtbot: QtBot
) -> None:
    page = window.people
    page.refresh()
    assert not page.learnt_action.isEnabled()
    page.table.selectRow(0)
    assert page.learnt_action.isEnabled()
    page.show_learnt()
    page.review()
    assert window.findChild(LearntDialog) is not None
    assert window.findChild(ReviewDialog) is not None
