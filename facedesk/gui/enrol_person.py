"""The wizard's first step: who it is, and whether there is somebody like that already."""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QLocale, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from facedesk.core.credentials import LONGEST_PIN
from facedesk.core.language import language_code, tr
from facedesk.core.records import Person
from facedesk.gui.controls import Choice, DayEdit, ScrolledBody, Switch, captioned, label
from facedesk.gui.enrol_steps import Step
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.gui.wording import apart
from facedesk.store.texts import folded, similar_names

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk

_CHECK_AFTER_MS = 200
_MOST_NAMED = 3


class DetailFields(QWidget):
    """Name, number and the rest of a person, as fields; `read` gives them back as a Person."""

    def __init__(self, desk: "Desk", theme: Theme) -> None:
        super().__init__()
        self.name = line(tr("Name"), tr("As it shall be greeted"))
        self.staff_number = line(tr("Staff number"), tr("Optional"), 64)
        self.department = line(tr("Department"), tr("Optional"))
        self.email = line(tr("E-mail"), tr("Optional"), 254)
        self.language = Choice(theme)
        self.language.setAccessibleName(tr("Language"))
        self.language.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for code in desk.administration.texts.languages():
            self.language.addItem(_language_name(code), code)
        self.start_day = DayEdit(theme)
        self.start_day.setAccessibleName(tr("Start date"))
        today = desk.clock.utc().date()
        self.start_day.setDate(QDate(today.year, today.month, today.day))
        self.has_start = Switch(theme)
        self.has_start.setAccessibleName(tr("Has a start date"))
        self.has_start.toggled.connect(self.start_day.setEnabled)
        self.start_day.setEnabled(False)

    def show_person(self, person: Person) -> None:
        self.name.setText(person.name)
        self.staff_number.setText(person.staff_number)
        self.department.setText(person.department)
        self.email.setText(person.email)
        if person.language and self.language.findData(person.language) < 0:
            self.language.addItem(person.language, person.language)
        self.language.setCurrentIndex(self.language.findData(person.language or language_code()))
        self.has_start.setChecked(person.start_day is not None)
        if person.start_day is not None:
            day = person.start_day
            self.start_day.setDate(QDate(day.year, day.month, day.day))

    def read(self, person: Person) -> Person:
        """`person` with what the fields say."""
        day = self.start_day.date()
        start_day = date(day.year(), day.month(), day.day())
        return replace(
            person,
            name=self.name.text(),
            staff_number=self.staff_number.text(),
            department=self.department.text(),
            email=self.email.text(),
            language=self.language.currentData() or "",
            start_day=start_day if self.has_start.isChecked() else None,
        )


class PersonStep(Step):
    """Fields for a new person, and live words about people with the number or a similar name."""

    def __init__(self, desk: "Desk", theme: Theme) -> None:
        super().__init__(tr("Person"))
        self._desk = desk
        self._people: list[Person] = []
        self._problem = ""
        self.fields = DetailFields(desk, theme)
        self.fields.show_person(Person(0, ""))
        shortest = desk.settings.shortest_pin
        self.pin = line(tr("PIN"), tr("{count} digits or more", count=shortest), LONGEST_PIN)
        self.pin.setEchoMode(QLineEdit.EchoMode.PasswordEchoOnEdit)
        self.pin.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
        self.badge = BadgeLine(tr("Badge"), tr("Hold the badge to the reader"))
        self.similar = label("", "muted", wrap=True)
        self.taken = label("", "problem", wrap=True)
        self.problem = label("", "problem", wrap=True)
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_CHECK_AFTER_MS)
        self._timer.timeout.connect(self.check)
        for field in (self.fields.name, self.fields.staff_number):
            field.textChanged.connect(self._typed)
        for field in (self.pin, self.badge):
            field.textChanged.connect(lambda: self.show_problem(""))

    def _lay_out(self) -> None:
        fields = self.fields
        left = captioned(
            (tr("Name"), fields.name),
            ("", self.similar),
            (tr("Staff number"), fields.staff_number),
            ("", self.taken),
            (tr("Department"), fields.department),
        )
        right = captioned((tr("E-mail"), fields.email), (tr("Language"), fields.language))
        start = QHBoxLayout()
        start.setSpacing(SPACE_PX)
        start.addWidget(label(tr("Start date"), "fieldLabel"))
        start.addWidget(fields.has_start)
        start.addWidget(fields.start_day)
        start.addStretch(1)
        right.addRow(start)
        fallback = QGridLayout()
        fallback.setHorizontalSpacing(3 * SPACE_PX)
        fallback.setVerticalSpacing(SPACE_PX // 2)
        words = tr(
            "For days on which the camera does not know the person, and for those who do not want "
            "to be recognised. A PIN needs a staff number."
        )
        fallback.addWidget(label(tr("Without the face"), "sectionTitle"), 0, 0, 1, 2)
        fallback.addWidget(label(words, "muted", wrap=True), 1, 0, 1, 2)
        for column, (text, field) in enumerate(((tr("PIN"), self.pin), (tr("Badge"), self.badge))):
            caption = label(text, "fieldLabel")
            caption.setBuddy(field)
            fallback.addWidget(caption, 2, column)
            fallback.addWidget(field, 3, column)
        body = ScrolledBody()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, SPACE_PX, 0)
        grid.setHorizontalSpacing(3 * SPACE_PX)
        grid.setVerticalSpacing(2 * SPACE_PX)
        grid.addLayout(left, 0, 0)
        grid.addLayout(right, 0, 1)
        grid.addLayout(fallback, 1, 0, 1, 2)
        grid.addWidget(self.problem, 2, 0, 1, 2)
        grid.setRowStretch(3, 1)
        for column in (0, 1):
            grid.setColumnStretch(column, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(plain_area(body))
        for words_label in (self.similar, self.taken, self.problem):
            words_label.hide()

    @property
    def complete(self) -> bool:
        return bool(self.fields.name.text().strip()) and not self._taken()

    @property
    def words(self) -> str:
        return "" if self.fields.name.text().strip() else tr("A name is needed.")

    @property
    def person(self) -> Person:
        return self.fields.read(Person(0, ""))

    def enter(self) -> None:
        self._people = self._desk.people.list()
        self.check()
        self.fields.name.setFocus()

    def show_problem(self, words: str) -> None:
        """What the store refused: beside the fields that it is about."""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))

    def _typed(self) -> None:
        self.show_problem("")
        self._timer.start()
        self.changed.emit()

    def check(self) -> None:
        """Say who has this number, and whose name is very similar."""
        taken = self._taken()
        self.taken.setText(tr("{name} has this number.", name=taken.name) if taken else "")
        self.taken.setVisible(taken is not None)
        name = self.fields.name.text()
        found = [person for person in self._people if similar_names(name, person.name)]
        who = ", ".join(_described(person) for person in found[:_MOST_NAMED])
        self.similar.setText(tr("Enrolled already? {people}", people=who) if found else "")
        self.similar.setVisible(bool(found))
        self.changed.emit()

    def _taken(self) -> Person | None:
        number = folded(self.fields.staff_number.text().strip())
        if not number:
            return None
        return next((one for one in self._people if folded(one.staff_number) == number), None)


def _language_name(code: str) -> str:
    """'Deutsch': as those who speak it call it. Qt's own name of plain English is American."""
    locale = QLocale(code)
    if locale.language() is QLocale.Language.English:
        return QLocale.languageToString(locale.language())
    name = locale.nativeLanguageName()
    return name[:1].upper() + name[1:] if name else code


def _described(person: Person) -> str:
    more = ", ".join(filter(None, (person.staff_number, person.department)))
    return f"{apart(person.name)} ({more})" if more else person.name


def line(name: str, placeholder: str, limit: int = 200) -> QLineEdit:
    """A field of one line with its accessible name."""
    return _prepared(QLineEdit(), name, placeholder, limit)


class BadgeLine(QLineEdit):
    """A field for what a badge reader types. The Enter that ends it is the reader's, not a press of
    the window's default button; a badge that is read next takes the place of the first.
    """

    def __init__(self, name: str, placeholder: str) -> None:
        super().__init__()
        _prepared(self, name, placeholder, 200)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.selectAll()
            event.accept()
        else:
            super().keyPressEvent(event)


def _prepared(field: QLineEdit, name: str, placeholder: str, limit: int) -> QLineEdit:
    field.setAccessibleName(name)
    field.setPlaceholderText(placeholder)
    field.setMaxLength(limit)
    return field


def plain_area(inside: QWidget) -> QScrollArea:
    """A scroll area without a frame, for windows that are lower than what they hold."""
    area = QScrollArea()
    area.setObjectName("plain")
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inside)
    return area
