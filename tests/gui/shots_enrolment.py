"""The wizard, merging and the gallery file, for `tests.gui.shots`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from facedesk.core.consent import Consent, ConsentAnswer
from facedesk.core.errors import BadInputError
from facedesk.core.records import CameraState, Person, QualityReason, Sample, Vector
from facedesk.core.standing import Standing
from facedesk.gui.dialogs import Message
from facedesk.gui.enrol_wizard import EnrolWizard
from facedesk.gui.people_gallery import PassphraseDialog
from facedesk.gui.people_merge import MergeDialog, UndoMergeDialog
from facedesk.vision.pictures import encode_jpeg
from tests.gui.drawn import portrait
from tests.gui.fake_desk import good_face, stranger_vector

if TYPE_CHECKING:
    from tests.gui.shots import Studio


def agree(studio: Studio, people: list[Person]) -> None:
    """Most have agreed, and two look alike."""
    day = studio.desk.clock.utc().date()
    for number, person in enumerate(people):
        if number % 7 != 5:
            given = Consent(ConsentAnswer.GIVEN, day, "Petra Lang")
            studio.desk.administration.consents.record(person.id, given)
    one, other = people[1].id, people[4].id
    studio.desk.look_alikes = {one: frozenset({other}), other: frozenset({one})}


def wizard(studio: Studio) -> None:
    knows = studio.desk.enrolment.knows
    knows["good.jpg"] = [good_face(portrait(7), vector=_mae(1))]
    knows["better.jpg"] = [good_face(portrait(7), vector=_mae(2))]
    blurred = portrait(7)[::16, ::16].repeat(16, 0).repeat(16, 1)
    knows["holiday.jpg"] = [good_face(blurred, QualityReason.BLURRED, QualityReason.TOO_SMALL)]
    knows["team.jpg"] = [good_face(portrait(4), seed=2), good_face(portrait(7), seed=3)]
    knows["scan.pdf"] = BadInputError(
        "The picture cannot be read", "scan.pdf is no picture.", "Choose a JPEG or PNG file."
    )
    studio.desk.camera_state = CameraState.STOPPED
    made = _open(studio)
    studio.snap("wizard-1-empty", made)
    fields = made.person.fields
    fields.name.setText("Zoe Muller")
    fields.staff_number.setText("1007")
    studio.settle(300)
    studio.snap("wizard-1-taken", made)
    fields.name.setText("Mae Jensen")
    fields.staff_number.setText("4711")
    fields.department.setText("Navigation")
    fields.email.setText("mae@example.org")
    made.person.pin.setText("8261")
    _go_on(studio, made)
    studio.snap("wizard-2-consent", made)
    made.consent.recorded_by.setText("Petra Lang")
    made.consent.decline.setChecked(True)
    studio.snap("wizard-2-declined", made)
    made.consent.agree.setChecked(True)
    studio.snap("wizard-2-agreed", made)
    _go_on(studio, made)
    studio.snap("wizard-3-empty", made)
    names = ("scan.pdf", "team.jpg", "holiday.jpg", "better.jpg", "good.jpg")
    made.photos.tray.add_files([Path(name) for name in names])
    studio.wait(lambda: not made.photos.tray.waiting)
    studio.snap("wizard-3-photos", made)
    _go_on(studio, made)
    studio.snap("wizard-4-nobody", made)
    _go_on(studio, made)
    studio.desk.camera_state = CameraState.LIVE
    knows["camera"] = [good_face(portrait(7), vector=_mae(9))]
    studio.desk.clock.advance(5)
    studio.desk.show(studio.picture)
    studio.settle(500)
    studio.snap("wizard-5-try", made)
    made.reject()
    confirm = made.findChildren(Message)[-1]
    studio.snap("wizard-discard", confirm)
    confirm.close()
    made._discard()


def duplicate(studio: Studio) -> None:
    """The same face is enrolled, another one is near; the photos come from the camera."""
    studio.desk.people.add(
        Person(0, "Mae Jansen", "1190"),
        [Sample(0, 0, "fake-1", _mae(1), "camera", encode_jpeg(portrait(8), 90))],
    )
    vector = _unit(0.54 * _mae(41) + 0.8 * stranger_vector(3))
    cousin = Sample(0, 0, "fake-1", vector, "t", encode_jpeg(portrait(9), 90))
    studio.desk.people.add(Person(0, "Ida Jansen"), [cousin])
    studio.desk.camera_state = CameraState.LIVE
    studio.desk.show(studio.picture)
    made = _open(studio)
    made.person.fields.name.setText("Mae Jensen")
    studio.settle(300)
    _go_on(studio, made)
    made.consent.recorded_by.setText("Petra Lang")
    made.consent.agree.setChecked(True)
    _go_on(studio, made)
    for pose, looks in (((0, 10), 9), ((20, 10), 9), ((0, 10), 5)):
        hold(studio, pose, looks)
    studio.snap("wizard-3-camera", made)
    studio.desk.camera_state = CameraState.LOST
    studio.snap("wizard-3-camera-lost", made)
    studio.desk.camera_state = CameraState.LIVE
    _go_on(studio, made)
    studio.snap("wizard-4-duplicate", made)
    if made.check.cards:
        made.check.cards[0].apart_button.setChecked(True)
        studio.snap("wizard-4-apart", made)
    made._discard()


def administration(studio: Studio) -> None:
    page = studio.window.people
    studio.window.show_page(1)
    page.table.selectRow(3)
    page.merge()
    dialog = page.findChildren(MergeDialog)[-1]
    dialog.other.setCurrentIndex(6)
    dialog.why.setText("enrolled twice")
    studio.snap("merge", dialog)
    dialog.merge()
    studio.wait(studio.desk.administration.merges.undoable)
    page.undo_merge()
    undo = page.findChildren(UndoMergeDialog)[-1]
    undo.table.selectRow(0)
    studio.snap("merge-undo", undo)
    undo.undo()
    studio.wait(lambda: not studio.desk.administration.merges.undoable())
    undo.reject()
    ask = PassphraseDialog(studio.theme, page, Path("staff.fdgallery"), lambda _: None, new=True)
    ask.open()
    ask.passphrase.setText("correct horse battery")
    studio.snap("gallery-passphrase", ask)
    ask.close()
    page.filter.setCurrentIndex(page.filter.findData(Standing.CONSENT_MISSING))
    studio.snap("people-filter")
    page.filter.setCurrentIndex(0)


def hold(studio: Studio, pose: tuple[float, float], looks: int) -> None:
    """Somebody holds a pose while the camera looks so often."""
    face = good_face(portrait(7), pose=pose, vector=_mae(int(pose[0]) + 40))
    studio.desk.enrolment.knows["camera"] = [face]
    for _ in range(looks):
        studio.desk.clock.advance(0.2)
        studio.desk.show(studio.picture)
        studio.settle(60)


def _mae(seed: int) -> Vector:
    """A picture of somebody who is not enrolled."""
    return _unit(stranger_vector(500) + 0.55 * stranger_vector(600 + seed))


def _unit(vector: Vector) -> Vector:
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def _open(studio: Studio) -> EnrolWizard:
    studio.window.show_page(1)
    studio.settle()  # the one before is gone
    studio.window.people.add()
    return studio.window.people.findChildren(EnrolWizard)[-1]


def _go_on(studio: Studio, made: EnrolWizard) -> None:
    before = made.step
    studio.wait(made.next_button.isEnabled)
    made.next_button.click()
    studio.wait(lambda: made.step is not before and not made._busy)
    studio.settle(400)


PARTS: dict[str, Callable[[Studio], None]] = {
    "wizard": wizard, "duplicate": duplicate, "administration": administration,
}  # fmt: skip
