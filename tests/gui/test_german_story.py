"""A kiosk and an enrolment in German, from the greeting to the last step."""

from collections.abc import Iterator
from datetime import date

import pytest
from PySide6.QtCore import QLocale, QTranslator
from PySide6.QtWidgets import QApplication, QCalendarWidget
from pytestqt.qtbot import QtBot

from facedesk.core.facts import CameraChanged, PunchRecorded
from facedesk.core.language import tr
from facedesk.core.records import CameraState, Direction
from facedesk.gui.application import the_application
from facedesk.gui.controls import Fraction
from facedesk.gui.main_window import MainWindow
from facedesk.gui.theme import Theme
from facedesk.gui.wording import day_text, short_day_text
from facedesk.settings import Settings
from tests.gui.fake_desk import FakeDesk, good_face
from tests.gui.test_enrol_wizard import Story

pytestmark = pytest.mark.usefixtures("german")


@pytest.fixture
def qt_too(qapp: QApplication) -> Iterator[None]:
    before = QLocale()
    the_application()
    yield
    QLocale.setDefault(before)
    for words in qapp.findChildren(QTranslator):
        qapp.removeTranslator(words)
        words.setParent(None)  # type: ignore[call-overload]


def test_somebody_walks_up_and_is_greeted(desk: FakeDesk, window: MainWindow, qtbot: QtBot) -> None:
    kiosk = window.kiosk
    ada = desk.add_person("Ada Lovelace")
    window.people.people_changed.emit()
    desk.tell(CameraChanged(desk.clock.utc(), CameraState.LIVE, None, ""))
    qtbot.waitUntil(lambda: kiosk.video.notice is None)
    assert kiosk.card.text == "Willkommen. Zum Buchen in die Kamera schauen"
    punch = desk.punch(ada, Direction.OUT)
    desk.tell(PunchRecorded(punch.utc, punch, ada, 3.5 * 3600))
    qtbot.waitUntil(lambda: kiosk.card.greeting is not None)
    assert kiosk.card.text == "Auf Wiedersehen, Ada Lovelace. Gegangen um 08:58. 3 h 30 min"


def test_somebody_is_enrolled(desk: FakeDesk, window: MainWindow, qtbot: QtBot) -> None:
    desk.camera_state = CameraState.STOPPED
    desk.enrolment.knows = {"good.jpg": [good_face()], "better.jpg": [good_face(seed=2)]}
    story = Story(desk, window, qtbot)
    wizard = story.open()
    steps = []
    for step in ("person", "consent", "photos", "check", "trial"):
        story.to(step)
        steps.append(wizard.rail.accessibleName())
        if step == "consent":
            assert "Einwilligung" in wizard.consent.title
    assert steps == [
        f"Schritt {number} von 5: {title}"
        for number, title in enumerate(
            ("Person", "Einwilligung", "Fotos", "Prüfen", "Ausprobieren"), 1
        )
    ]
    assert wizard.next_button.text() == "Speichern"
    story.save()
    (person,) = desk.people.list()
    assert person.language == "de"


def test_days_and_numbers_are_written_in_german(qt_too: None, theme: Theme) -> None:
    assert day_text(date(2026, 11, 24)) == "Dienstag, 24. November"
    assert short_day_text(date(2026, 11, 24)) == "Di., 24.11.2026"
    box = Fraction(theme)
    box.setValue(0.05)
    assert box.text() == "0,05"
    assert box.valueFromText("0,25") == 0.25
    assert QCalendarWidget().locale().language() is QLocale.Language.German


def test_qts_own_menus_are_german(qt_too: None) -> None:
    assert QApplication.translate("QPlatformTheme", "Cancel") == "Abbrechen"


def test_the_notice_is_translated_until_it_is_somebodys_own() -> None:
    assert tr(Settings().privacy_notice).startswith("Hier werden Gesichter erkannt")
    assert tr("Our own words, with {braces}.") == "Our own words, with {braces}."


def test_the_language_is_chosen_in_the_settings_and_says_when_it_applies(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    page = window.settings
    window.show_page(window.pages.indexOf(page))
    row = page._rows["language"]
    assert row.label == "Sprache"
    assert "nächsten Start" in row.editor.control.accessibleDescription()
    row.editor.show_value("en")
    with qtbot.waitSignal(page.settings_applied):
        page.save_button.click()
    assert desk.settings.language == "en"
    assert page.save_button.text() == "Speichern"
