"""The consent of somebody who is enrolled: recorded later, or withdrawn."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from facedesk.core.consent import Consent, ConsentAnswer
from facedesk.core.language import tr
from facedesk.core.records import Person
from facedesk.gui import dialogs
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Button, label
from facedesk.gui.enrol_consent import ConsentStep
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.gui.wording import short_day_text

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk


class AnswerDialog(QDialog):
    """Asks a person who is enrolled. `recorded` is told after the commit.

    Whoever does not agree any more has their face data erased: that is asked once more.
    """

    recorded = Signal()

    def __init__(
        self, desk: "Desk", bridge: Bridge, theme: Theme, person: Person, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._bridge = bridge
        self._theme = theme
        self._person = person
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = tr("Consent of {name}", name=person.name)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        room = parent.window().size()
        size = QSize(min(820, room.width() - 6 * SPACE_PX), min(640, room.height() - 5 * SPACE_PX))
        self.resize(size)
        self.step = ConsentStep(desk, theme)
        self.words = label("", "muted", wrap=True)
        self.cancel_button = Button(theme, tr("Cancel"))
        self.save_button = Button(theme, tr("Save"), "primary")
        foot = QHBoxLayout()
        foot.setSpacing(SPACE_PX)
        foot.addWidget(self.words, 1)
        foot.addWidget(self.cancel_button)
        foot.addWidget(self.save_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(3 * SPACE_PX, 3 * SPACE_PX, 3 * SPACE_PX, 2 * SPACE_PX)
        whole.setSpacing(2 * SPACE_PX)
        whole.addWidget(label(title, "dialogTitle", wrap=True))
        whole.addWidget(self.step, 1)
        whole.addLayout(foot)
        self.cancel_button.clicked.connect(self.reject)
        self.save_button.clicked.connect(self.save)
        self.step.changed.connect(self._offer)
        fallback = person.id in desk.credentials.pins() or person.id in desk.credentials.badges()
        self.step.prepare(person.language, fallback=fallback)
        self.step.enter()
        self._offer()

    def _offer(self) -> None:
        self.save_button.setEnabled(self.step.complete)
        self.words.setText(self.step.words)

    def save(self) -> None:
        consent = self.step.consent
        assert consent is not None
        if consent.answer is ConsentAnswer.GIVEN or not self._person.samples:
            self._record(consent)
            return
        dialogs.confirm(
            self._theme,
            self,
            tr("Erase the face data of {name}?", name=self._person.name),
            [
                tr("{count} photos and what describes the face are erased for good.",
                   count=self._person.samples),
                tr("The person and the attendance log stay. A receipt is written."),
            ],
            tr("Erase"),
            lambda: self._withdraw(consent),
            dangerous=True,
        )  # fmt: skip

    def _record(self, consent: Consent) -> None:
        admin, person_id, text = self._desk.administration, self._person.id, self.step.text
        self._bridge.run(
            lambda _progress: admin.consents.record(person_id, consent, text),
            done=lambda _consent: self._done(),
            failed=dialogs.teller(self._theme, self),
        )

    def _withdraw(self, consent: Consent) -> None:
        admin, person_id = self._desk.administration, self._person.id
        self._bridge.run(
            lambda _progress: admin.withdraw(person_id, consent.day, consent.recorded_by),
            done=lambda _receipt: self._done(),
            failed=dialogs.teller(self._theme, self),
        )

    def _done(self) -> None:
        self.recorded.emit()
        self.accept()


def answer_text(consent: Consent | None) -> str:
    """'Given on Tue 24 Nov 2026, recorded by Petra.'"""
    if consent is None:
        return tr("Nobody was asked yet.")
    day = short_day_text(consent.day)
    sentence = {
        ConsentAnswer.GIVEN: tr("Given on {day}, recorded by {who}."),
        ConsentAnswer.DECLINED: tr("Declined on {day}, recorded by {who}."),
        ConsentAnswer.WITHDRAWN: tr("Withdrawn on {day}, recorded by {who}."),
    }[consent.answer]
    return sentence.format_map({"day": day, "who": consent.recorded_by})
