"""Enrolling somebody new, step by step, with the real widgets and the real store."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from facedesk.core.consent import ConsentAnswer
from facedesk.core.errors import ModelError
from facedesk.core.records import CameraState, Person, QualityReason, Sample
from facedesk.gui.dialogs import Message
from facedesk.gui.enrol_dialog import EnrolDialog
from facedesk.gui.enrol_wizard import EnrolWizard
from facedesk.gui.main_window import MainWindow
from tests.gui.fake_desk import FakeDesk, good_face, stranger_vector, unit_vector
from tests.store.samples import NAMES


class Story:
    """An admin and somebody new."""

    def __init__(self, desk: FakeDesk, window: MainWindow, qtbot: QtBot) -> None:
        self.desk, self.window, self.qtbot = desk, window, qtbot
        window.show_page(1)
        self.before = self.trace()

    def trace(self) -> tuple[list[tuple[str, list[tuple[object, ...]]]], list[str]]:
        """Everything in the database that is about people, and every file of the data folder."""
        tables = ("people", "samples", "consents", "consent_texts", "pins", "badges", "told_apart",
                  "punches", "corrections", "receipts")  # fmt: skip
        rows = [
            (table, [tuple(row) for row in self.desk.database.read(f"SELECT * FROM {table}")])  # noqa: S608
            for table in tables
        ]
        files = [
            str(path.relative_to(self.desk.paths.root))
            for path in sorted(self.desk.paths.root.rglob("*"))
        ]
        return rows, files

    def open(self) -> EnrolWizard:
        self.window.people.add()
        (self.wizard,) = self.window.people.findChildren(EnrolWizard)
        return self.wizard

    def next(self) -> None:
        """Press the button and wait until the next step, or an answer, is there."""
        step = self.wizard.step
        self.wizard.next_button.click()
        self.qtbot.waitUntil(
            lambda: self.wizard.step is not step or not self.wizard._busy, timeout=5000
        )

    def who(self, name: str = "Zoë Müller", **fields: str) -> None:
        self.wizard.person.fields.name.setText(name)
        for field, text in fields.items():
            part = self.wizard.person if field in ("pin", "badge") else self.wizard.person.fields
            getattr(part, field).setText(text)
        self.wizard.person.check()

    def agree(self) -> None:
        self.wizard.consent.recorded_by.setText("Petra")
        self.wizard.consent.agree.setChecked(True)

    def photos(self, *names: str) -> None:
        self.wizard.photos.tray.add_files([Path(name) for name in names])
        self.qtbot.waitUntil(lambda: not self.wizard.photos.tray.waiting)

    def to(self, step: str) -> None:
        """Go on until this step is shown."""
        wizard = self.wizard
        while wizard.step is not getattr(wizard, step):
            if wizard.step is wizard.person:
                self.who(wizard.person.fields.name.text() or "Zoë Müller")
            elif wizard.step is wizard.consent:
                self.agree()
            elif wizard.step is wizard.photos and not wizard.photos.complete:
                self.photos("good.jpg", "better.jpg")
            elif wizard.step is wizard.check:
                self.qtbot.waitUntil(lambda: wizard.check.checked is not None)
            self.next()
        if wizard.step is wizard.check:
            self.qtbot.waitUntil(lambda: wizard.check.checked is not None)

    def save(self) -> None:
        with self.qtbot.waitSignal(self.wizard.person_saved):
            self.wizard.next_button.click()

    def answer(self, text: str) -> None:
        message = self.wizard.findChildren(Message)[-1]
        next(b for b in message.findChildren(QPushButton) if b.text() == text).click()

    def badges(self) -> list[str]:
        return [card.badge.text for card in self.wizard.photos.tray.cards]


@pytest.fixture
def story(desk: FakeDesk, window: MainWindow, qtbot: QtBot) -> Story:
    desk.camera_state = CameraState.STOPPED  # photos come from files unless a test has a camera
    desk.enrolment.knows = {
        "good.jpg": [good_face()],
        "better.jpg": [good_face(seed=2)],
        "blurred.jpg": [good_face(None, QualityReason.BLURRED)],
        "dark.jpg": [good_face(None, QualityReason.TOO_DARK)],
        "turned.jpg": [good_face(None, QualityReason.TURNED_AWAY)],
        "team.jpg": [good_face(vector=stranger_vector(7)), good_face(seed=3)],
        "clipboard": [good_face(seed=5)],
        "camera": [good_face(seed=6)],
    }
    return Story(desk, window, qtbot)


def test_five_steps_make_a_person(story: Story) -> None:
    wizard = story.open()
    assert not wizard.next_button.isEnabled()
    assert wizard.rail.accessibleName() == "Step 1 of 5: Person"
    story.who(staff_number="17", department="Tables", email="z@example.org", pin="8261",
              badge="FD-1234")  # fmt: skip
    fields = wizard.person.fields
    fields.language.setCurrentIndex(fields.language.findData("de"))
    fields.has_start.setChecked(True)
    story.next()
    assert wizard.step is wizard.consent
    assert wizard.consent.heading.text().startswith("Einwilligung")
    assert "Analytical Works" in wizard.consent.body.toPlainText()
    assert not wizard.next_button.isEnabled()
    story.agree()
    story.next()
    story.photos("good.jpg", "better.jpg", "blurred.jpg")
    assert wizard.summary.text() == "2 will be saved, 1 will not be saved"
    story.to("check")
    assert "nobody looks alike" in wizard.check.verdict.text()
    assert story.trace() == story.before
    story.to("trial")
    assert wizard.next_button.text() == "Save"
    story.save()

    (person,) = story.desk.people.list()
    assert (person.name, person.staff_number, person.email) == ("Zoë Müller", "17", "z@example.org")
    assert (person.department, person.language, person.samples) == ("Tables", "de", 2)
    assert isinstance(person.start_day, date)
    consent = story.desk.administration.consents.of(person.id)
    assert consent is not None
    assert (consent.answer, consent.recorded_by) == (ConsentAnswer.GIVEN, "Petra")
    text = story.desk.administration.consents.text(consent.text_hash)
    assert text is not None
    assert text.language == "de"
    assert story.desk.credentials.verify("17", "8261") is not None
    assert story.desk.credentials.find_by_badge("FD-1234") is not None
    assert story.window.strip.people.text() == "1 person"


def test_whoever_declines_is_not_photographed(story: Story) -> None:
    wizard = story.open()
    story.who(staff_number="17", pin="8261")
    story.next()
    wizard.consent.recorded_by.setText("Petra")
    wizard.consent.decline.setChecked(True)
    assert "no face is stored" in wizard.consent.note.text()
    assert wizard.rail.accessibleName() == "Step 2 of 2: Consent"
    assert wizard.next_button.text() == "Save"
    story.save()
    (person,) = story.desk.people.list()
    assert person.samples == 0
    assert story.desk.credentials.verify("17", "8261") is not None
    assert "PIN or badge" in [
        story.window.people.rows.index(0, column).data()
        for column in range(story.window.people.rows.columnCount())
    ]


def test_declining_after_the_photos_leaves_none_of_them(story: Story) -> None:
    wizard = story.open()
    story.to("trial")
    for _ in range(3):
        wizard.back()
    assert wizard.step is wizard.consent
    wizard.consent.decline.setChecked(True)
    assert "Go back" in wizard.consent.note.text()  # there is neither a PIN nor a badge
    story.save()
    assert story.desk.people.list()[0].samples == 0
    assert story.desk.people.contracts() == ()


@pytest.mark.parametrize("step", ["person", "consent", "photos", "check", "trial"])
def test_cancel_at_each_step_leaves_no_trace(story: Story, step: str) -> None:
    wizard = story.open()
    story.who(staff_number="17", pin="8261", badge="FD-1234")
    story.to(step)
    wizard.cancel_button.click()
    story.answer("Cancel")
    assert wizard.isVisible()
    story.qtbot.keyClick(wizard, Qt.Key.Key_Escape)
    story.answer("Discard")
    story.qtbot.waitUntil(lambda: not story.window.people.findChildren(EnrolWizard))
    assert story.trace() == story.before
    assert not story.desk.administration.hold(1)


def test_an_untouched_wizard_closes_at_once(story: Story) -> None:
    wizard = story.open()
    wizard.reject()
    assert not wizard.isVisible()


def test_there_is_one_wizard_at_a_time(story: Story) -> None:
    story.open()
    story.window.people.add()
    story.window.people.first_button.click()
    assert len(story.window.people.findChildren(EnrolWizard)) == 1


def test_who_has_the_number_and_who_is_called_alike_is_said_at_once(story: Story) -> None:
    story.desk.add_person("Zoe Müller", staff_number="E-17", department="Tables")
    wizard = story.open()
    story.who("MÜLLER, zoë".replace(",", ""), staff_number="e-17")
    assert wizard.person.taken.text() == "Zoe Müller has this number."
    assert wizard.person.similar.text() == "Enrolled already? Zoe Müller (E-17, Tables)"
    assert not wizard.next_button.isEnabled()
    story.who("Somebody Else", staff_number="e-18")
    assert wizard.person.similar.text() == wizard.person.taken.text() == ""
    assert wizard.next_button.isEnabled()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"pin": "8261"}, "staff number"),
        ({"staff_number": "17", "pin": "1234"}, "first guesses"),
        ({"badge": "x"}, "Badge not accepted"),
        ({"name": "evil\u202egnp"}, "control character"),
    ],
)
def test_what_the_store_refuses_is_said_where_it_is_typed(
    story: Story, fields: dict[str, str], words: str
) -> None:
    wizard = story.open()
    story.who(**fields)
    story.next()
    assert wizard.step is wizard.person
    assert words in wizard.person.problem.text()
    assert story.trace() == story.before


@pytest.mark.parametrize("name", [*NAMES, "व्" * 100])  # the last is as long as a name may be
def test_names_of_all_scripts_come_back_unchanged(story: Story, name: str) -> None:
    story.open()
    story.who(name)
    story.to("trial")
    story.save()
    (person,) = story.desk.people.list()
    assert person.name == name
    assert story.window.people.rows.index(0, 0).data() == name
    receipt, path = story.desk.administration.remove(person.id, "Petra")
    assert path is not None
    assert json.loads(path.read_text("utf-8"))["hash"] == receipt.hash
    assert name not in path.name


def test_another_language_is_another_question(story: Story) -> None:
    wizard = story.open()
    story.to("photos")
    wizard.back()
    wizard.back()
    fields = wizard.person.fields
    fields.language.setCurrentIndex(fields.language.findData("de"))
    story.next()
    assert not wizard.consent.agree.isChecked()
    assert not wizard.next_button.isEnabled()


def test_without_the_setting_nobody_is_asked(story: Story) -> None:
    story.desk.change_settings(ask_consent=False)
    story.open()
    story.who()
    story.next()
    assert story.wizard.step is story.wizard.photos
    story.to("trial")
    story.save()
    assert story.desk.administration.consents.answers() == {}


def test_a_text_that_cannot_be_read_stops_everything(story: Story) -> None:
    story.desk.paths.consent.mkdir()
    (story.desk.paths.consent / "en.txt").write_bytes(b"\xff")
    wizard = story.open()
    story.who()
    story.next()
    assert not wizard.consent.agree.isEnabled()
    assert not wizard.next_button.isEnabled()
    assert "cannot be used" in wizard.consent.heading.text()


@pytest.mark.parametrize(
    ("file", "badge"),
    [("blurred.jpg", "Blurred"), ("dark.jpg", "Too dark"), ("turned.jpg", "Turned away")],
)
def test_a_poor_photo_is_refused_with_its_reason(story: Story, file: str, badge: str) -> None:
    wizard = story.open()
    story.to("photos")
    story.photos(file)
    assert story.badges() == [badge]
    assert not wizard.next_button.isEnabled()
    story.photos("good.jpg")
    assert wizard.next_button.isEnabled()


def test_of_several_faces_the_right_one_is_clicked(story: Story) -> None:
    wizard = story.open()
    story.to("photos")
    story.photos("team.jpg")
    assert story.badges() == ["2 faces"]
    wizard.findChildren(QToolButton, "faceChoice")[1].click()
    story.to("trial")
    story.save()
    (sample,) = story.desk.people.samples(story.desk.people.list()[0].id)
    assert np.array_equal(sample.vector, unit_vector(3))


def test_a_picture_is_pasted(story: Story) -> None:
    story.open()
    story.to("photos")
    picture = QImage(8, 6, QImage.Format.Format_ARGB32)
    picture.fill(Qt.GlobalColor.red)
    QGuiApplication.clipboard().setImage(picture)
    story.qtbot.keyClick(
        story.wizard.photos.tray, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier
    )
    story.qtbot.waitUntil(lambda: story.badges() == ["Good photo"])
    data = QMimeData()
    data.setText("no picture")
    QGuiApplication.clipboard().setMimeData(data)
    story.wizard.photos.tray.paste()
    assert len(story.badges()) == 1


class TestDuplicate:
    """Ada is enrolled already and comes again under another name."""

    @pytest.fixture(autouse=True)
    def _ada(self, story: Story) -> None:
        story.desk.add_person("Ada", samples=3, staff_number="7")
        story.window.people.refresh()
        story.open()
        story.who("Ada Lovelace")
        story.to("check")

    def test_both_pictures_are_shown_and_nothing_goes_on_by_itself(self, story: Story) -> None:
        check = story.wizard.check
        (card,) = check.cards
        assert "Is this Ada?" in card.findChildren(type(check.verdict), "sectionTitle")[0].text()
        assert not story.wizard.next_button.isEnabled()
        assert "already" in check.verdict.text()

    def test_the_other_person_can_be_opened(self, story: Story) -> None:
        story.wizard.check.cards[0].open_button.click()
        story.qtbot.waitUntil(lambda: bool(story.window.people.findChildren(EnrolDialog)))
        (dialog,) = story.window.people.findChildren(EnrolDialog)
        assert dialog.fields.name.text() == "Ada"
        dialog.reject()
        assert len(story.desk.people.list()) == 1

    def test_the_photos_can_go_to_the_other_person(self, story: Story) -> None:
        story.wizard.check.cards[0].same_button.click()
        with story.qtbot.waitSignal(story.wizard.person_saved):
            story.answer("Add the photos")
        (person,) = story.desk.people.list()
        assert (person.name, person.samples) == ("Ada", 5)

    def test_another_person_needs_a_reason_which_is_kept(self, story: Story) -> None:
        (card,) = story.wizard.check.cards
        card.apart_button.setChecked(True)
        assert not story.wizard.next_button.isEnabled()
        card.reason.setText("twin sister")
        story.to("trial")
        story.save()
        ada, twin = sorted(story.desk.people.list(), key=lambda person: person.id)
        apart = story.desk.administration.merges.told_apart(ada.id)
        assert apart[twin.id].why == "twin sister"


@pytest.fixture
def cousin(story: Story) -> Person:
    """Enrolled, and near to the person of good.jpg and better.jpg."""
    new = unit_vector(1) + unit_vector(2)
    new /= np.linalg.norm(new)
    other = 0.46 * new + np.sqrt(1 - 0.46**2) * _orthogonal(new)
    sample = Sample(0, 0, "fake-1", other.astype(np.float32), "t")
    return story.desk.people.add(Person(0, "Cousin"), [sample])


def test_look_alikes_are_named(story: Story, cousin: Person) -> None:
    wizard = story.open()
    story.to("check")
    assert wizard.check.cards == []
    assert wizard.check.checked is not None
    assert [one.name for one in wizard.check.checked.look_alikes] == [cousin.name]
    assert wizard.next_button.isEnabled()


def test_a_look_alike_may_be_the_same_person(story: Story, cousin: Person) -> None:
    wizard = story.open()
    story.to("check")
    next(b for b in wizard.check.findChildren(QPushButton) if b.text() == "Same person").click()
    with story.qtbot.waitSignal(wizard.person_saved):
        story.answer("Add the photos")
    (person,) = story.desk.people.list()
    assert (person.id, person.samples) == (cousin.id, 3)


def _orthogonal(vector: np.ndarray) -> np.ndarray:
    other = stranger_vector(5) - (stranger_vector(5) @ vector) * vector
    unit: np.ndarray = other / np.linalg.norm(other)
    return unit


def test_without_a_model_the_check_says_so(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_arguments: object) -> None:
        raise ModelError("No face embedder is installed")

    wizard = story.open()
    story.to("photos")
    story.photos("good.jpg")
    monkeypatch.setattr(story.desk, "newcomer", none)
    story.next()
    story.qtbot.waitUntil(lambda: "embedder" in wizard.check.verdict.text())
    assert not wizard.next_button.isEnabled()


class TestCamera:
    def _live(self, story: Story) -> None:
        story.desk.camera_state = CameraState.LIVE
        story.desk.show(np.full((360, 640, 3), 90, np.uint8))

    def test_the_camera_is_open_where_there_is_one(self, story: Story) -> None:
        self._live(story)
        story.open()
        story.to("consent")
        story.agree()
        story.next()
        assert story.wizard.photos.tray.camera.isVisible()

    def test_the_person_is_tried_live(self, story: Story) -> None:
        wizard = story.open()
        story.to("trial")
        self._live(story)
        story.qtbot.waitUntil(lambda: wizard.trial.badge.text == "Recognised")
        assert "is needed" in wizard.trial.score.text()
        assert wizard.trial.lead.text() == "Nobody else is enrolled."
        assert wizard.summary.text().startswith("Recognised.")

    def test_somebody_else_is_not_recognised(self, story: Story) -> None:
        story.desk.enrolment.knows["camera"] = [good_face(vector=stranger_vector(9))]
        wizard = story.open()
        story.to("trial")
        self._live(story)
        story.qtbot.waitUntil(lambda: wizard.trial.badge.text == "Not recognised yet")
        assert wizard.next_button.isEnabled()

    def test_a_lost_camera_does_not_keep_anybody_from_saving(self, story: Story) -> None:
        wizard = story.open()
        story.to("trial")
        self._live(story)
        story.qtbot.waitUntil(lambda: wizard.trial.view.notice is None)
        story.desk.camera_state = CameraState.LOST
        story.qtbot.waitUntil(lambda: wizard.trial.view.notice is not None)
        story.save()
        assert len(story.desk.people.list()) == 1


def test_a_failure_while_saving_keeps_everything_for_another_try(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    wizard = story.open()
    story.to("trial")
    work: Callable[..., object] = story.desk.administration.enrol

    def full(_new: object) -> None:
        raise ModelError("The disk is full")

    monkeypatch.setattr(story.desk.administration, "enrol", full)
    story.next()
    assert "disk is full" in wizard.findChildren(Message)[-1].windowTitle()
    wizard.findChildren(Message)[-1].close()
    monkeypatch.setattr(story.desk.administration, "enrol", work)
    story.save()
    assert story.desk.people.list()[0].samples == 2


def test_the_new_person_is_not_checked_in_under_the_window(story: Story) -> None:
    story.open()
    hold = story.desk.administration.hold
    story.to("trial")
    held: list[bool] = []
    story.wizard.person_saved.connect(lambda person: held.append(hold(person.id)))
    story.save()
    (person,) = story.desk.people.list()
    story.qtbot.waitUntil(lambda: not hold(person.id))
    assert held == [True]


def test_return_goes_on_after_a_check_that_took_a_moment(story: Story) -> None:
    wizard = story.open()
    story.to("photos")
    story.photos("good.jpg")
    wizard.next_button.setFocus()
    story.next()
    story.qtbot.waitUntil(lambda: wizard.check.checked is not None)
    story.qtbot.waitUntil(wizard.next_button.hasFocus)


def test_the_keyboard_alone_is_enough(story: Story) -> None:
    """From the list of people to a saved person, without a pointer."""
    page, qtbot = story.window.people, story.qtbot
    page.search.setFocus()
    qtbot.keyClick(page.search, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    (wizard,) = page.findChildren(EnrolWizard)
    story.wizard = wizard

    def go_on() -> None:
        step = wizard.step
        qtbot.waitUntil(wizard.next_button.isEnabled)
        qtbot.keyClick(wizard, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: wizard.step is not step)

    assert wizard.focusWidget() is wizard.person.fields.name
    qtbot.keyClicks(wizard.person.fields.name, "Ada")
    go_on()
    qtbot.keyClick(wizard.consent.body, Qt.Key.Key_Tab)
    assert wizard.focusWidget() in (wizard.consent.agree, wizard.consent.decline)
    qtbot.keyClick(wizard.consent.agree, Qt.Key.Key_Space)
    assert wizard.consent.agree.isChecked()
    go_on()
    picture = QImage(8, 6, QImage.Format.Format_ARGB32)
    picture.fill(Qt.GlobalColor.red)
    QGuiApplication.clipboard().setImage(picture)
    focused = wizard.focusWidget()
    qtbot.keyClick(focused, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: story.badges() == ["Good photo"])
    go_on()
    go_on()
    with qtbot.waitSignal(wizard.person_saved):
        qtbot.keyClick(wizard, Qt.Key.Key_Return)
    (person,) = story.desk.people.list()
    assert (person.name, person.samples) == ("Ada", 1)


def test_the_enter_of_a_badge_reader_does_not_leave_the_step(story: Story) -> None:
    wizard = story.open()
    story.qtbot.keyClicks(wizard.person.fields.name, "Ada")
    wizard.person.badge.setFocus()
    for code in ("FD-1111", "FD-2222"):
        story.qtbot.keyClicks(wizard.person.badge, code)
        story.qtbot.keyClick(wizard.person.badge, Qt.Key.Key_Return)
    assert not wizard._busy
    assert wizard.step is wizard.person
    assert wizard.person.badge.text() == "FD-2222"
