"""The settings page tells what its numbers mean here, before they are saved."""

from collections.abc import Callable

import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from facedesk.core.operating_point import tail_of
from facedesk.core.records import Person, Sample
from facedesk.gui.main_window import MainWindow
from facedesk.gui.settings_page import SettingsPage
from facedesk.gui.theme import Theme
from tests.gui.fake_desk import FakeDesk, stranger_vector, unit_vector

TAIL = tail_of({"fmr_1e-3": 0.40, "fmr_1e-4": 0.46, "fmr_1e-5": 0.52})


@pytest.fixture
def page(window: MainWindow, qtbot: QtBot) -> SettingsPage:
    window.settings.setParent(None)  # alone: the window shows one page at a time
    qtbot.addWidget(window.settings)
    return window.settings


@pytest.fixture
def watching(desk: FakeDesk) -> Callable[[], None]:
    """Somebody is enrolled and a model runs."""

    def start() -> None:
        for name, vectors in (
            ("Ada", [unit_vector(1), unit_vector(2)]),
            ("Bert", [stranger_vector(1)]),
        ):
            desk.people.add(Person(0, name), [Sample(0, 0, "fake-1", v, "test") for v in vectors])
        desk.learning.use(TAIL, desk.learning.gallery("fake-1"))

    return start


def test_figures_follow_the_numbers_on_the_page(
    desk: FakeDesk, page: SettingsPage, watching: Callable[[], None], qtbot: QtBot
) -> None:
    watching()
    page.show()
    card = page.forecast
    qtbot.waitUntil(lambda: "2 people enrolled" in card.words.text())
    assert "Of 20 strangers a day at most" in card.words.text()
    assert "Of 2 enrolled photos 0 (0 %) would have been refused" in card.words.text()
    assert card.histogram.accessibleDescription() == card.words.text()
    before = card.words.text()
    page.editors["stranger_visits_per_name"].show_value(1_000_000)
    qtbot.waitUntil(lambda: card.words.text() != before)
    assert desk.settings.stranger_visits_per_name == 1000  # nothing was saved


def test_without_a_running_model_it_says_so(page: SettingsPage, qtbot: QtBot) -> None:
    page.show()
    qtbot.waitUntil(lambda: "once the camera runs" in page.forecast.words.text())


def test_both_kinds_of_photos_and_the_threshold_are_drawn(
    page: SettingsPage, watching: Callable[[], None], theme: Theme, qtbot: QtBot
) -> None:
    watching()
    page.show()
    qtbot.waitUntil(lambda: "people enrolled" in page.forecast.words.text())
    picture = page.forecast.histogram.grab().toImage()
    colours = {
        QColor(picture.pixel(x, y)).name()
        for x in range(picture.width())
        for y in range(picture.height())
    }
    assert theme.colour("danger_text").name() in colours
    assert len(colours) > 4
