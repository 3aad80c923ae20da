from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from facedesk.core.errors import BadInputError, ModelError
from facedesk.core.records import CameraState, Person, QualityReason, Sample
from facedesk.engine.enrolment import Similar
from facedesk.gui.dialogs import Message
from facedesk.gui.enrol_answer import AnswerDialog
from facedesk.gui.enrol_dialog import EnrolDialog
from facedesk.gui.main_window import MainWindow
from facedesk.gui.people_merge import MergeDialog
from tests.gui.fake_desk import FakeDesk, good_face, stranger_vector


class Story:
    """What a person does in the dialog."""

    def __init__(self, desk: FakeDesk, window: MainWindow, qtbot: QtBot) -> None:
        self.desk, self.window, self.qtbot = desk, window, qtbot

    def open(self, person: Person | None = None) -> EnrolDialog:
        self.dialog = EnrolDialog(
            self.desk, self.window.bridge, self.window.pulse, self.window._theme,  # type: ignore[arg-type]
            person or self.desk.add_person("Somebody", samples=0), self.window,
        )  # fmt: skip
        self.dialog.open()
        return self.dialog

    def add(self, *names: str) -> None:
        self.dialog.tray.add_files([Path(name) for name in names])
        self.settled()

    def settled(self) -> None:
        self.qtbot.waitUntil(lambda: not any(card.waiting for card in self.dialog.tray.cards))

    def samples(self) -> dict[str, int]:
        return {person.name: person.samples for person in self.desk.people.list()}

    def badges(self) -> list[str]:
        return [card.badge.text for card in self.dialog.tray.cards]

    def answer(self, text: str) -> None:
        message = self.dialog.findChildren(Message)[-1]
        next(b for b in message.findChildren(QPushButton) if b.text() == text).click()


@pytest.fixture
def story(desk: FakeDesk, window: MainWindow, qtbot: QtBot) -> Story:
    desk.enrolment.knows = {
        "good.jpg": [good_face()],
        "better.jpg": [good_face(seed=2)],
        "blurred.jpg": [good_face(None, QualityReason.BLURRED, QualityReason.TOO_DARK)],
        "empty.jpg": [],
        "team.jpg": [good_face(seed=3), good_face(None, QualityReason.TOO_SMALL, seed=4)],
        "scan.pdf": BadInputError("The picture cannot be read", "No picture.", "Use a JPEG."),
        "camera": [good_face(seed=5)],
    }
    return Story(desk, window, qtbot)


def test_details_are_changed_and_a_photo_is_added(story: Story) -> None:
    dialog = story.open()
    story.add("good.jpg")
    assert story.badges() == ["Good photo"]
    dialog.fields.name.clear()
    assert not dialog.save_button.isEnabled()  # nameless
    dialog.fields.name.setText("  Zoë Müller ")
    dialog.fields.department.setText("Tables")
    with story.qtbot.waitSignal(dialog.person_saved):
        dialog.save_button.click()
    (person,) = story.desk.people.list()
    assert (person.name, person.department, person.samples) == ("Zoë Müller", "Tables", 1)
    assert story.desk.people.portrait(person.id) != b""


def test_the_quality_is_told_before_saving_and_poor_photos_are_left_out(story: Story) -> None:
    dialog = story.open()
    story.add("good.jpg", "blurred.jpg", "empty.jpg", "scan.pdf")
    assert story.badges() == [
        "Good photo",
        "Blurred, Too dark",
        "No face found",
        "The picture cannot be read",
    ]
    assert dialog.summary.text() == "1 will be saved, 3 will not be saved"
    assert "sharper" in dialog.tray.cards[1].words.text()
    dialog.fields.name.setText("Ada")
    with story.qtbot.waitSignal(dialog.person_saved):
        dialog.save_button.click()
    assert story.desk.people.list()[0].samples == 1


def test_of_several_faces_one_has_to_be_chosen(story: Story) -> None:
    dialog = story.open()
    dialog.fields.name.setText("Ada")
    story.add("team.jpg")
    assert story.badges() == ["2 faces"]
    assert dialog.tray.usable == []
    choices = dialog.findChildren(QToolButton, "faceChoice")
    choices[1].click()
    assert story.badges() == ["Too small"]
    assert dialog.tray.usable == []
    choices[0].click()
    assert story.badges() == ["Good photo"]
    with story.qtbot.waitSignal(dialog.person_saved):
        dialog.save_button.click()
    (person,) = story.desk.people.list()
    (sample,) = story.desk.people.samples(person.id)
    assert np.allclose(sample.vector, good_face(seed=3).vector)


def test_somebody_who_is_already_enrolled_is_pointed_out(story: Story) -> None:
    grace = story.desk.add_person("Grace Hopper")
    story.desk.enrolment.knows["again.jpg"] = [
        good_face(similar=Similar(grace.id, "Grace Hopper", 0.71))
    ]
    dialog = story.open()
    dialog.fields.name.setText("Grace H.")
    story.add("again.jpg")
    assert story.badges() == ["Looks like Grace Hopper"]
    dialog.save_button.click()
    story.answer("Cancel")
    assert story.samples() == {"Grace Hopper": 1, "Somebody": 0}
    dialog.save_button.click()
    with story.qtbot.waitSignal(dialog.person_saved):
        story.answer("Save as another person")
    assert story.samples() == {"Grace Hopper": 1, "Grace H.": 1}


def test_whoever_is_enrolled_twice_becomes_one_with_the_new_photos(story: Story) -> None:
    grace = story.desk.add_person("Grace Hopper")
    again = good_face(similar=Similar(grace.id, "Grace Hopper", 0.71))
    story.desk.enrolment.knows["again.jpg"] = [again]
    dialog = story.open(story.desk.add_person("Grace H.", staff_number="17"))
    story.add("again.jpg")
    dialog.save_button.click()
    story.answer("Same person")
    (merge,) = dialog.findChildren(MergeDialog)
    assert merge.other.currentText() == "Grace Hopper"
    merge.why.setText("enrolled twice")
    with story.qtbot.waitSignal(dialog.person_saved):
        merge.merge_button.click()
    assert story.samples() == {"Grace Hopper": 3}
    assert story.desk.people.get(grace.id).staff_number == "17"
    assert not dialog.isVisible()


def test_the_edited_person_is_no_duplicate_of_itself(story: Story) -> None:
    grace = story.desk.add_person("Grace Hopper")
    story.desk.enrolment.knows["again.jpg"] = [
        good_face(similar=Similar(grace.id, "Grace Hopper", 0.71))
    ]
    story.open(grace)
    story.add("again.jpg")
    assert story.badges() == ["Good photo"]


def test_editing_changes_details_adds_and_removes_photos(story: Story) -> None:
    ada = story.desk.add_person("Ada", samples=2)
    dialog = story.open(ada)
    old = [sample.id for sample in story.desk.people.samples(ada.id)]
    story.add("better.jpg")
    dialog.fields.name.setText("Ada Lovelace")
    dialog.active.setChecked(False)
    stored = next(b for b in dialog.findChildren(QPushButton)
                  if b.accessibleName() == "Remove this photo")  # fmt: skip
    stored.click()
    with story.qtbot.waitSignal(dialog.person_saved):
        dialog.save_button.click()
    person = story.desk.people.get(ada.id)
    assert (person.name, person.active, person.samples) == ("Ada Lovelace", False, 2)
    kept = {sample.id for sample in story.desk.people.samples(ada.id)}
    assert len(kept & set(old)) == 1


def test_details_can_be_edited_where_no_model_is_installed(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = story.desk.add_person("Ada")
    monkeypatch.delattr(story.desk, "enrolment")
    dialog = story.open(ada)
    dialog.fields.name.setText("Ada L.")
    with story.qtbot.waitSignal(dialog.person_saved):
        dialog.save_button.click()
    assert story.desk.people.get(ada.id).name == "Ada L."


def test_a_missing_model_is_told_on_the_card(story: Story) -> None:
    story.desk.enrolment.knows["any.jpg"] = ModelError(
        "No face embedder is installed", "", "Install one with: facedesk models install FILE"
    )
    dialog = story.open()
    story.add("any.jpg")
    assert story.badges() == ["No face embedder is installed"]
    assert "models install" in dialog.tray.cards[0].words.text()


def test_a_refused_value_stays_in_the_dialog_and_says_why(story: Story) -> None:
    story.desk.add_person("Grace", staff_number="7")
    dialog = story.open()
    story.add("good.jpg")
    dialog.fields.name.setText("Ada")
    dialog.fields.staff_number.setText("7")
    dialog.save_button.click()
    story.qtbot.waitUntil(dialog.problem.isVisible)
    assert "already taken" in dialog.problem.text()
    assert dialog.fields.name.text() == "Ada"
    dialog.fields.staff_number.setText("8")
    with story.qtbot.waitSignal(dialog.person_saved):
        dialog.save_button.click()


def test_a_photo_from_the_camera(story: Story) -> None:
    dialog = story.open()
    dialog.tray.camera_button.setChecked(True)
    assert not dialog.tray.camera.shutter.isEnabled()  # no picture yet
    story.desk.show(np.full((360, 640, 3), 90, np.uint8))
    story.qtbot.waitUntil(dialog.tray.camera.shutter.isEnabled)
    dialog.tray.camera.shutter.click()
    story.settled()
    assert story.badges() == ["Good photo"]


def test_the_last_picture_of_a_lost_camera_cannot_be_taken(story: Story) -> None:
    story.desk.show(np.full((360, 640, 3), 90, np.uint8))
    dialog = story.open()
    dialog.tray.camera_button.setChecked(True)
    story.qtbot.waitUntil(dialog.tray.camera.shutter.isEnabled)
    story.desk.camera_state = CameraState.LOST
    story.qtbot.waitUntil(lambda: not dialog.tray.camera.shutter.isEnabled())
    assert dialog.tray.camera.view.notice is not None


def test_photos_can_be_dropped(story: Story, tmp_path: Path) -> None:
    dialog = story.open()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "good.jpg")), QUrl("https://example.org/x")])
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    dialog.tray.dropEvent(event)
    story.settled()
    assert story.badges() == ["Good photo"]


def test_a_photo_can_be_taken_away_again(story: Story) -> None:
    dialog = story.open()
    story.add("good.jpg", "blurred.jpg")
    dialog.tray.cards[0].remove_button.click()
    assert story.badges() == ["Blurred, Too dark"]
    assert dialog.summary.text() == "1 will not be saved"


def test_closing_asks_before_it_throws_work_away(story: Story) -> None:
    dialog = story.open()
    dialog.fields.name.setText("Ada")
    dialog.reject()
    story.answer("Cancel")
    assert dialog.isVisible()
    dialog.reject()
    story.answer("Discard")
    assert not dialog.isVisible()
    assert story.samples() == {"Somebody": 0}


def test_an_untouched_dialog_closes_at_once(story: Story) -> None:
    dialog = story.open()
    dialog.reject()
    assert not dialog.isVisible()


def test_closing_while_a_photo_is_examined_is_harmless(story: Story) -> None:
    dialog = story.open()
    dialog.tray.add_files([Path("good.jpg"), Path("better.jpg")])
    dialog._discard()
    with story.qtbot.waitSignal(story.window.bridge.run(
        lambda _progress: None, done=lambda _r: None, failed=lambda _e: None
    ).ended):  # fmt: skip
        pass


def test_a_photo_of_somebody_else_among_the_photos_is_pointed_out(story: Story) -> None:
    story.desk.enrolment.knows["other.jpg"] = [good_face(vector=stranger_vector(1))]
    dialog = story.open()
    dialog.fields.name.setText("Ada")
    story.add("good.jpg", "other.jpg", "better.jpg")
    assert story.badges() == ["Good photo", "Unlike the other photos", "Good photo"]
    assert "same person" in dialog.tray.cards[1].words.text()
    assert "Fits the others" in dialog.tray.cards[0].words.text()
    dialog.save_button.click()
    story.answer("Cancel")
    assert story.samples() == {"Somebody": 0}
    dialog.tray.cards[1].remove_button.click()
    with story.qtbot.waitSignal(dialog.person_saved):
        dialog.save_button.click()
    assert story.desk.people.list()[0].samples == 2


def test_an_unusual_photo_can_be_saved_after_a_question(story: Story) -> None:
    story.desk.enrolment.knows["beard.jpg"] = [good_face(vector=stranger_vector(1))]
    dialog = story.open(story.desk.add_person("Ada"))
    story.add("beard.jpg")
    assert story.badges() == ["Unlike the other photos"]
    dialog.save_button.click()
    with story.qtbot.waitSignal(dialog.person_saved):
        story.answer("Save all photos")
    assert story.desk.people.list()[0].samples == 2


def test_the_same_photo_twice_is_saved_once(story: Story) -> None:
    dialog = story.open()
    dialog.fields.name.setText("Ada")
    story.add("good.jpg", "good.jpg")
    assert story.badges() == ["Good photo", "Nearly the same photo"]
    assert dialog.summary.text() == "1 will be saved, 1 will not be saved"
    dialog.tray.cards[0].remove_button.click()
    assert story.badges() == ["Good photo"]


def sample_words(dialog: EnrolDialog) -> list[tuple[str, str]]:
    """(badge, words) of the stored samples, oldest first."""
    return [(card.badge.text, card.words.text()) for card in dialog.tray.stored[::-1]]


def test_each_stored_photo_tells_its_source_day_and_how_it_fits(story: Story) -> None:
    ada = story.desk.add_person("Ada", samples=2)
    other = Sample(0, 0, "fake-1", stranger_vector(1), "camera", b"")
    old = Sample(0, 0, "older-model", stranger_vector(2), "file:old.jpg", b"")
    story.desk.people.add_samples(ada.id, [other, old])
    dialog = story.open(ada)
    story.qtbot.waitUntil(lambda: sample_words(dialog)[3][0] == "Not used")
    first, second, third, fourth = sample_words(dialog)
    assert first[0] == second[0] == "Saved"
    assert "24 Nov 2026. Fits the others: 0." in first[1]
    assert "most of all" in first[1]
    assert third[0] == "Unlike the other photos"
    assert "same person?" in third[1]
    assert "new photo is needed" in fourth[1]
    assert dialog.tray.stored[1].accessibleName() == "2. From the camera"
    assert "Unlike the other photos" in dialog.tray.stored[1].accessibleDescription()
    # The bad one goes; the rest agrees.
    dialog.tray.stored[1].remove_button.click()
    with story.qtbot.waitSignal(dialog.person_saved):
        dialog.save_button.click()
    assert story.desk.people.get(ada.id).samples == 3


def test_the_last_photo_goes_only_after_a_warning(story: Story) -> None:
    ada = story.desk.add_person("Ada", samples=1)
    dialog = story.open(ada)
    story.qtbot.waitUntil(lambda: "only photo" in sample_words(dialog)[0][1])
    dialog.tray.stored[0].remove_button.click()
    story.answer("Cancel")
    assert dialog.tray.doomed == []
    dialog.tray.stored[0].remove_button.click()
    story.answer("Remove")
    assert len(dialog.tray.doomed) == 1
    with story.qtbot.waitSignal(dialog.person_saved):
        dialog.save_button.click()
    assert story.desk.people.get(ada.id).samples == 0


def test_the_last_photo_may_be_replaced_without_a_question(story: Story) -> None:
    ada = story.desk.add_person("Ada", samples=1)
    dialog = story.open(ada)
    story.add("good.jpg")
    dialog.tray.stored[0].remove_button.click()
    assert len(dialog.tray.doomed) == 1
    assert dialog.findChildren(Message) == []


class TestConsent:
    """Recorded later, withdrawn, given again."""

    def _asked(self, story: Story) -> AnswerDialog:
        self.dialog.consent_button.click()
        made = self.dialog.findChildren(AnswerDialog)[-1]
        made.step.recorded_by.setText("Petra")
        return made

    @pytest.fixture(autouse=True)
    def _ada(self, story: Story) -> None:
        self.ada = story.desk.add_person("Ada", samples=2)
        self.dialog = story.open(self.ada)

    def test_it_is_recorded_later(self, story: Story) -> None:
        assert self.dialog.consent_words.text() == "Nobody was asked yet."
        made = self._asked(story)
        made.step.agree.setChecked(True)
        with story.qtbot.waitSignal(made.recorded):
            made.save_button.click()
        assert "Given on Tue 24 Nov 2026, recorded by Petra." in self.dialog.consent_words.text()
        assert story.samples() == {"Ada": 2}

    def test_withdrawing_erases_the_face_after_a_question(self, story: Story) -> None:
        made = self._asked(story)
        made.step.decline.setChecked(True)
        made.save_button.click()
        message = made.findChildren(Message)[-1]
        assert "2 photos" in message.accessibleDescription()
        with story.qtbot.waitSignal(made.recorded):
            next(b for b in message.findChildren(QPushButton) if b.text() == "Erase").click()
        assert story.samples() == {"Ada": 0}
        assert not self.dialog.tray.isEnabled()
        assert self.dialog.tray.stored == []
        assert len(list(story.desk.paths.receipts.iterdir())) == 1
        again = self._asked(story)
        again.step.agree.setChecked(True)
        with story.qtbot.waitSignal(again.recorded):
            again.save_button.click()
        assert self.dialog.tray.isEnabled()


def test_whoever_is_edited_is_not_checked_in_meanwhile(story: Story) -> None:
    ada, bob = story.desk.add_person("Ada"), story.desk.add_person("Bob")
    hold = story.desk.administration.hold
    dialog = story.open(ada)
    assert hold(ada.id)
    assert not hold(bob.id)
    dialog.reject()
    assert not hold(ada.id)
