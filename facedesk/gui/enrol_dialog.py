"""Edit a person: the details, the consent, and photos that are judged before they are saved."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from facedesk.core.consent import ConsentAnswer
from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.core.records import Person
from facedesk.gui import dialogs
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Button, ScrolledBody, Switch, captioned, label
from facedesk.gui.enrol_answer import AnswerDialog, answer_text
from facedesk.gui.enrol_person import DetailFields, plain_area
from facedesk.gui.people_merge import MergeDialog
from facedesk.gui.photo_tray import PhotoTray
from facedesk.gui.pulse import Pulse
from facedesk.gui.theme import SPACE_PX, Theme

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk
    from facedesk.engine.jobs import Progress


class EnrolDialog(QDialog):
    """For somebody who is enrolled. `person_saved` is told after each commit."""

    person_saved = Signal()

    def __init__(
        self,
        desk: "Desk",
        bridge: Bridge,
        pulse: Pulse,
        theme: Theme,
        person: Person,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._bridge = bridge
        self._theme = theme
        self._person = person
        self._saving = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = tr("Edit {name}", name=person.name)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        room = parent.window().size()
        self.resize(min(960, room.width() - 6 * SPACE_PX), min(720, room.height() - 5 * SPACE_PX))
        self.fields = DetailFields(desk, theme)
        self.notes = QPlainTextEdit()
        self.notes.setAccessibleName(tr("Notes"))
        self.notes.setTabChangesFocus(True)
        self.notes.setFixedHeight(88)
        self.active = Switch(theme)
        self.active.setAccessibleName(tr("May check in"))
        self.problem = label("", "problem", wrap=True)
        self.problem.hide()
        self.cancel_button = Button(theme, tr("Cancel"))
        self.save_button = Button(theme, tr("Save"), "primary")
        self.save_button.setDefault(True)
        self.consent_words = label("", "muted", wrap=True)
        self.consent_words.setAccessibleName(tr("Consent"))
        self.consent_button = Button(theme, tr("Ask again"))
        self.tray = PhotoTray(desk, bridge, pulse, theme, person.id)
        self._lay_out(title)
        # Whoever is photographed sits before the camera: no check-in before the window is closed.
        desk.administration.hold.begin(person.id)
        self.finished.connect(lambda _result: desk.administration.hold.end())
        self._connect()
        self._fill()
        self._offer()
        self.fields.name.setFocus()

    def _lay_out(self, title: str) -> None:
        asked = QHBoxLayout()
        asked.setSpacing(SPACE_PX)
        asked.addWidget(self.consent_words, 1)
        asked.addWidget(self.consent_button)
        start = QHBoxLayout()
        start.addWidget(label(tr("Start date"), "fieldLabel"), 1)
        start.addWidget(self.fields.has_start)
        start.addWidget(self.fields.start_day)
        may = QHBoxLayout()
        may.addWidget(label(tr("May check in"), "fieldLabel"), 1)
        may.addWidget(self.active)
        inside = ScrolledBody()
        left = QVBoxLayout(inside)
        left.setContentsMargins(0, 0, SPACE_PX, 0)
        left.setSpacing(SPACE_PX)
        left.addLayout(
            captioned(
                (tr("Name"), self.fields.name),
                (tr("Staff number"), self.fields.staff_number),
                (tr("Department"), self.fields.department),
            )
        )
        left.addWidget(label(tr("Consent"), "fieldLabel"))
        left.addLayout(asked)
        left.addLayout(may)
        left.addLayout(start)
        left.addLayout(
            captioned(
                (tr("E-mail"), self.fields.email),
                (tr("Language"), self.fields.language),
                (tr("Notes"), self.notes),
            )
        )
        left.addWidget(self.problem)
        left.addStretch(1)
        body = QHBoxLayout()
        body.setSpacing(3 * SPACE_PX)
        body.addWidget(plain_area(inside), 2)
        body.addWidget(self.tray, 3)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE_PX)
        self.summary = label("", "muted")
        foot.addWidget(self.summary, 1)
        foot.addWidget(self.cancel_button)
        foot.addWidget(self.save_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(3 * SPACE_PX, 3 * SPACE_PX, 3 * SPACE_PX, 2 * SPACE_PX)
        whole.setSpacing(2 * SPACE_PX)
        whole.addWidget(label(title, "dialogTitle"))
        whole.addLayout(body, 1)
        whole.addLayout(foot)

    def _connect(self) -> None:
        self.fields.name.textChanged.connect(self._offer)
        self.tray.changed.connect(self._offer)
        self.consent_button.clicked.connect(self.ask_consent)
        self.cancel_button.clicked.connect(self.reject)
        self.save_button.clicked.connect(self.save)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Save), self).activated.connect(self.save)

    def _fill(self) -> None:
        person = self._person
        self.fields.show_person(person)
        self.notes.setPlainText(person.notes)
        self.active.setChecked(person.active)
        self._show_consent()
        self.tray.show_samples(self._desk.people.samples(person.id)[::-1])

    def _offer(self) -> None:
        """What can be saved right now, in words and on the button."""
        self.summary.setText(self.tray.summary)
        named = bool(self.fields.name.text().strip())
        self.save_button.setEnabled(named and not self.tray.waiting and not self._saving)

    def _show_consent(self) -> None:
        consent = self._desk.administration.consents.of(self._person.id)
        self.consent_words.setText(answer_text(consent))
        self.consent_button.setText(tr("Change") if consent else tr("Ask"))
        self.consent_button.setAccessibleName(tr("Change the consent"))
        agreed = consent is None or consent.answer is ConsentAnswer.GIVEN
        self.tray.setEnabled(agreed)

    def ask_consent(self) -> None:
        """Ask the person, for the first time or again; a withdrawal erases the photos at once."""
        person = self._desk.people.get(self._person.id)
        dialog = AnswerDialog(self._desk, self._bridge, self._theme, person, self)
        dialog.recorded.connect(self._answered)
        dialog.open()

    def _answered(self) -> None:
        self.person_saved.emit()
        self._show_consent()
        if not self.tray.isEnabled():
            self.tray.clear()

    def save(self) -> None:
        """Ask about photos that may be somebody else's, then save in the jobs thread."""
        if not self.save_button.isEnabled():
            return
        others = self.tray.look_alikes
        if others:
            self._ask_same(others)
        elif self.tray.unlike:
            self.tray.ask_unlike(self._save)
        else:
            self._save()

    def _ask_same(self, others: dict[int, str]) -> None:
        """The photos look like somebody else: one person enrolled twice, or two people?"""
        names = ", ".join(others.values())
        words = [
            tr("A photo looks like {names}, who is already enrolled.", names=names),
            tr(
                "One person enrolled twice would be checked in under two names. Twins and siblings "
                "may be saved: the kiosk asks for a clear lead between them."
            ),
        ]
        question = dialogs.Message(self._theme, self, tr("Is this really another person?"), words)
        question.add(tr("Cancel"))
        first_id = next(iter(others))
        question.add(tr("Same person"), "", lambda: self._merge(first_id))
        question.add(tr("Save as another person"), "primary", self._save)
        question.open()

    def _merge(self, other_id: int) -> None:
        """Both records are one person's: the photos go to the one that stays."""
        cards, desk = self.tray.usable, self._desk
        dialog = MergeDialog(desk, self._bridge, self._theme, self._person, self)
        dialog.choose(other_id)

        def not_added(error: Exception) -> None:
            dialogs.show_error(self._theme, self.parentWidget(), error)
            self._saved(None)  # the merge stands

        def merged() -> None:
            stays_id = dialog.stays_id

            def add_photos(_progress: "Progress") -> None:
                drafts = tuple(card.draft(desk.enrolment) for card in cards)
                desk.administration.add_samples(stays_id, drafts)

            self._saving = True
            self._offer()
            self._bridge.run(add_photos, done=self._saved, failed=not_added)

        dialog.merged.connect(merged)
        dialog.open()

    def _save(self) -> None:
        person = replace(
            self.fields.read(self._person),
            notes=self.notes.toPlainText(),
            active=self.active.isChecked(),
        )
        cards, doomed, desk = self.tray.usable, list(self.tray.doomed), self._desk

        def work(_progress: "Progress") -> None:
            drafts = tuple(card.draft(desk.enrolment) for card in cards)
            desk.people.update(person)
            if drafts:
                desk.administration.add_samples(person.id, drafts)
            for sample_id in doomed:
                desk.people.remove_sample(sample_id)

        self._saving = True
        self.problem.hide()
        self._offer()
        self._bridge.run(work, done=self._saved, failed=self._not_saved)

    def _saved(self, _result: object) -> None:
        self.person_saved.emit()
        self.accept()

    def _not_saved(self, error: Exception) -> None:
        self._saving = False
        self._offer()
        if isinstance(error, FaceDeskError):
            self.problem.setText(dialogs.in_sentences(error))
            self.problem.show()
        else:
            dialogs.show_error(self._theme, self, error)

    @property
    def _changed(self) -> bool:
        person = self._person
        read = self.fields.read(person)
        typed = (read, self.notes.toPlainText(), self.active.isChecked())
        stored = (
            replace(person, language=read.language) if not person.language else person,
            person.notes,
            person.active,
        )
        return typed != stored or bool(self.tray.cards) or bool(self.tray.doomed)

    def reject(self) -> None:
        """Cancel or Esc: what was typed is not thrown away without asking."""
        if self._saving:
            return
        if not self._changed:
            self._discard()
            return
        dialogs.confirm(
            self._theme,
            self,
            tr("Discard the changes?"),
            [tr("Nothing of this dialog has been saved.")],
            tr("Discard"),
            self._discard,
            dangerous=True,
        )

    def _discard(self) -> None:
        self.tray.stop()
        super().reject()
