"""Enrol somebody new in five steps: who, consent, photos, check, try. Nothing is kept before the
last button is pressed.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from facedesk.core.consent import ConsentAnswer
from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.core.records import Person
from facedesk.engine.administration import NewPerson
from facedesk.gui import dialogs
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Button, label
from facedesk.gui.enrol_check import CheckStep
from facedesk.gui.enrol_consent import ConsentStep
from facedesk.gui.enrol_person import PersonStep
from facedesk.gui.enrol_photos import PhotosStep
from facedesk.gui.enrol_steps import Step, StepRail
from facedesk.gui.enrol_try import TryStep
from facedesk.gui.pulse import Pulse
from facedesk.gui.theme import SPACE_PX, Theme

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk
    from facedesk.engine.enrolment import SampleDraft
    from facedesk.engine.jobs import Progress


class EnrolWizard(QDialog):
    """`person_saved` carries the Person after the commit; `other_opened` the id of somebody who is
    enrolled already and shall be looked at instead.
    """

    person_saved = Signal(object)
    other_opened = Signal(int)

    def __init__(
        self,
        desk: "Desk",
        bridge: Bridge,
        pulse: Pulse,
        theme: Theme,
        *,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._bridge = bridge
        self._theme = theme
        self._busy = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = tr("Enrol a person")
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        room = parent.window().size() if parent is not None else QSize(1024, 768)
        self.resize(min(980, room.width() - 4 * SPACE_PX), min(720, room.height() - 4 * SPACE_PX))
        self.person = PersonStep(desk, theme)
        self.consent = ConsentStep(desk, theme)
        self.photos = PhotosStep(desk, bridge, pulse, theme)
        self.check = CheckStep(desk, bridge, theme)
        self.trial = TryStep(desk, bridge, pulse, theme)
        self.pages = QStackedWidget()
        for step in (self.person, self.consent, self.photos, self.check, self.trial):
            self.pages.addWidget(step)
            step.changed.connect(self._offer)
        self.rail = StepRail(theme)
        self.summary = label("", "muted", wrap=True)
        self.cancel_button = Button(theme, tr("Cancel"))
        self.back_button = Button(theme, tr("Back"))
        self.next_button = Button(theme, tr("Next"), "primary")
        self.next_button.setDefault(True)
        self._lay_out()
        self.cancel_button.clicked.connect(self.reject)
        self.back_button.clicked.connect(self.back)
        self.next_button.clicked.connect(self.next)
        self.check.other_opened.connect(self._open_other)
        self.check.same_person.connect(self._ask_same)
        # Whoever sits here is before the camera: no check-in before the window is closed.
        desk.administration.hold.begin()
        self.finished.connect(self._finished)
        self._show(self.person)

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.setSpacing(SPACE_PX)
        foot.addWidget(self.summary, 1)
        for button in (self.cancel_button, self.back_button, self.next_button):
            foot.addWidget(button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(3 * SPACE_PX, 2 * SPACE_PX, 3 * SPACE_PX, 2 * SPACE_PX)
        whole.setSpacing(2 * SPACE_PX)
        whole.addWidget(label(tr("Enrol a person"), "dialogTitle"))
        whole.addWidget(self.rail)
        whole.addWidget(self.pages, 1)
        whole.addLayout(foot)

    # Going through the steps --------------------------------------------------------------------

    @property
    def steps(self) -> list[Step]:
        """The steps that this person needs: whoever declines is not photographed."""
        first: list[Step] = [self.person]
        if self._desk.settings.ask_consent:
            first.append(self.consent)
            if self.consent.answer is ConsentAnswer.DECLINED:
                return first
        return [*first, self.photos, self.check, self.trial]

    @property
    def step(self) -> Step:
        step = self.pages.currentWidget()
        assert isinstance(step, Step)
        return step

    def next(self) -> None:
        """Go on, or save at the last step."""
        if not self.next_button.isEnabled():
            return
        if self.step is self.person:
            self._check_details()
        elif self.step is self.steps[-1]:
            self._save()
        else:
            self._show(self.steps[self.steps.index(self.step) + 1])

    def back(self) -> None:
        """One step back; what was entered stays."""
        at = self.steps.index(self.step)
        if at > 0 and not self._busy:
            self._show(self.steps[at - 1])

    def _show(self, step: Step) -> None:
        self.step.leave()
        if step is self.consent:
            fallback = bool(self.person.pin.text() or self.person.badge.text())
            self.consent.prepare(self.person.person.language, fallback=fallback)
        if step is self.check:
            faces = [card.face for card in self.photos.tray.usable if card.face is not None]
            self.check.check(
                self._new.person.name, [face.vector for face in faces], faces[0].crop_jpeg
            )
        if step is self.trial:
            assert self.check.checked is not None
            self.trial.use(self.check.checked.newcomer)
        self.pages.setCurrentWidget(step)
        step.enter()
        self._offer()
        words = self.rail.accessibleName()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))

    def _offer(self) -> None:
        steps = self.steps
        at = steps.index(self.step) if self.step in steps else 0
        # Before the answer is given the declining way is not shown as the shorter one.
        self.rail.show_steps([step.title for step in steps], at)
        self.summary.setText(self.step.words)
        last = self.step is steps[-1]
        self.next_button.setText(tr("Save") if last else tr("Next"))
        self.next_button.setAccessibleName(self.next_button.text())
        ready = self.step.complete and not self._busy
        if not ready and self.next_button.hasFocus():
            self.step.setFocus()  # Qt would hand it to “Cancel”
        self.next_button.setEnabled(ready)
        if ready and self.step.hasFocus():
            self.next_button.setFocus()
        self.back_button.setEnabled(at > 0 and not self._busy)
        self.cancel_button.setEnabled(not self._busy)

    @property
    def _new(self) -> NewPerson:
        """All that was gathered, without the photos."""
        asked = self._desk.settings.ask_consent
        return NewPerson(
            self.person.person,
            self.consent.consent if asked else None,
            self.consent.text if asked else None,
            pin=self.person.pin.text().strip(),
            badge=self.person.badge.text().strip(),
            told_apart=self.check.told_apart,
        )

    def _check_details(self) -> None:
        """Ask the store now, rather than after the photos."""
        new, admin = self._new, self._desk.administration
        self._set_busy(True)
        self._bridge.run(
            lambda _progress: admin.check_details(new),
            done=lambda _none: self._details_fit(),
            failed=self._refused,
        )

    def _details_fit(self) -> None:
        self._set_busy(False)
        self.person.show_problem("")
        self._show(self.steps[1])

    # Saving -------------------------------------------------------------------------------------

    def _save(self) -> None:
        if self.photos in self.steps and self.photos.tray.unlike:
            self.photos.tray.ask_unlike(self._save_now)
        else:
            self._save_now()

    def _save_now(self) -> None:
        desk, new = self._desk, self._new
        cards = self.photos.tray.usable if self.photos in self.steps else []

        def work(_progress: "Progress") -> Person:
            drafts: tuple[SampleDraft, ...] = tuple(card.draft(desk.enrolment) for card in cards)
            apart = new.told_apart if drafts else ()
            return desk.administration.enrol(replace(new, drafts=drafts, told_apart=apart))

        self._set_busy(True)
        self._bridge.run(work, done=self._saved, failed=self._refused)

    def _saved(self, person: Person) -> None:
        self._busy = False
        self.person_saved.emit(person)
        self.accept()

    def _refused(self, error: Exception) -> None:
        self._set_busy(False)
        if isinstance(error, FaceDeskError) and self.step is self.person:
            self.person.show_problem(dialogs.in_sentences(error))
        else:
            dialogs.show_error(self._theme, self, error)

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self._offer()

    # Somebody who is enrolled already -----------------------------------------------------------

    def _open_other(self, person_id: int) -> None:
        self._discard()
        self.other_opened.emit(person_id)

    def _ask_same(self, person_id: int) -> None:
        name = self._desk.people.get(person_id).name
        count = len(self.photos.tray.usable)
        dialogs.confirm(
            self._theme,
            self,
            tr("Add the photos to {name}?", name=name),
            [
                tr("{count} photos are added, and nobody new is enrolled.", count=count),
                tr("What was typed in the first step is not saved; {name} can be edited.",
                   name=name),
            ],
            tr("Add the photos"),
            lambda: self._add_to(person_id),
        )  # fmt: skip

    def _add_to(self, person_id: int) -> None:
        desk, cards = self._desk, self.photos.tray.usable

        def work(_progress: "Progress") -> Person:
            drafts = tuple(card.draft(desk.enrolment) for card in cards)
            desk.administration.add_samples(person_id, drafts)
            return desk.people.get(person_id)

        self._set_busy(True)
        self._bridge.run(work, done=self._saved, failed=self._refused)

    # The end ------------------------------------------------------------------------------------

    @property
    def _touched(self) -> bool:
        fields = self.person
        typed = (fields.fields.name, fields.fields.staff_number, fields.fields.department,
                 fields.fields.email, fields.pin, fields.badge)  # fmt: skip
        return any(field.text() for field in typed) or bool(self.photos.tray.cards)

    def reject(self) -> None:
        """Cancel or Esc: what was entered is not thrown away without asking."""
        if self._busy:
            return
        if not self._touched:
            self._discard()
            return
        dialogs.confirm(
            self._theme,
            self,
            tr("Discard this enrolment?"),
            [tr("Nothing of it has been saved.")],
            tr("Discard"),
            self._discard,
            dangerous=True,
        )

    def _discard(self) -> None:
        super().reject()

    def _finished(self, _result: int) -> None:
        self.step.leave()
        self.photos.tray.stop()
        self._desk.administration.hold.end()
