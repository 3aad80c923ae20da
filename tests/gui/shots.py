"""Render every page and state to PNG files, to look at them.

    python -m tests.gui.shots /tmp/shots [--only kiosk,people] [--language de] [--right-to-left]

The window is the real one on the fake desk; the people are drawn. QT_SCALE_FACTOR=2 before it shows
a screen of twice the size at 200 %. What is cut off is listed at the end; without a folder no
pictures are made, and it is an error.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCalendarWidget, QWidget

from facedesk.commands.speech import speak
from facedesk.core.errors import CameraTrouble
from facedesk.core.facts import (
    CameraChanged,
    ProblemFound,
    PunchDeclined,
    PunchRecorded,
    UnknownSeen,
)
from facedesk.core.patterns import breaks_of
from facedesk.core.records import (
    CameraState,
    DecisionKind,
    Direction,
    Person,
    QualityReason,
    Sample,
)
from facedesk.core.roles import Role
from facedesk.core.schedules import Absence, AbsenceKind, Assignment, Schedule
from facedesk.engine.bulk_import import plan_folder
from facedesk.engine.enrolment import Examined
from facedesk.gui.absences_view import AbsenceDialog
from facedesk.gui.application import the_application
from facedesk.gui.closing_view import ClosingDialog
from facedesk.gui.correct_dialog import CorrectDialog
from facedesk.gui.dialogs import Message
from facedesk.gui.enrol_dialog import EnrolDialog
from facedesk.gui.enrol_import import ImportDialog
from facedesk.gui.form_dialog import FormDialog
from facedesk.gui.login import SignInDialog
from facedesk.gui.main_window import MainWindow
from facedesk.gui.schedule_dialogs import AssignDialog, ScheduleDialog
from facedesk.gui.theme import Theme
from facedesk.vision.pictures import encode_jpeg
from tests.gui import shots_credentials, shots_enrolment, shots_liveness
from tests.gui.drawn import portrait, scene
from tests.gui.fake_desk import (
    SEEN_BY_CAMERA,
    FakeDesk,
    good_face,
    seen_face,
    stranger_vector,
)
from tests.gui.uncut import cut_off, off_screen

NAMES = (  # invented
    "Ada Lindqvist", "Zoë Müller", "Łukasz Żółkiewicz", "李小文", "山田 太郎", "김민수",
    "محمد عبد الرحمن", "שרה כהן", "प्रिया शर्मा", "সুমাইয়া আক্তার", "สมชาย ใจดี", "Νίκος Παπαδόπουλος",
    "Дмитрий Иванов", "Nguyễn Thị Hương", "José Ángel Núñez", "Grace Okafor", "Alan Whitfield",
    "Katrin Johansen", "Dora Vaughn", "Mary Jakobsen", "Emmi Neuman", "Sofia Kowalska",
    "Maryam Mirzaei", "Sriram Ranganathan", "Chen Shiyun", "Lise Meinert", "Rosa Ferreira",
    "Hedda Lamm", "Anni Easton", "Evelyn Boyle", "Karen Spark", "Radha Perera",
    "Barbara Lisker", "Frances Allman", "Margaret Hamill", "Joan Clarkson", "Jean Bartok",
    "Betty Holmberg", "Wilhelmina Alexandra van der Hoeven-Papadimitriou", "Øystein Åsgård",
)  # fmt: skip
DEPARTMENTS = ("Engines", "Tables", "Navigation", "Office", "")


class Studio:
    """One window and the camera that photographs it."""

    def __init__(self, folder: Path | None, mode: str, size: tuple[int, int]) -> None:
        """Without a folder nothing is saved: it is only looked for what is cut off."""
        self._folder = folder
        self.cut: list[str] = []
        self._temporary = tempfile.TemporaryDirectory()
        self.tag = f"{mode}-{size[0]}x{size[1]}"
        self.desk = FakeDesk(Path(self._temporary.name) / "data")
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self.desk.change_settings(theme=mode)
        self.theme = Theme(application, mode)
        self.window = MainWindow(self.desk, self.theme)  # type: ignore[arg-type]
        self.window.resize(*size)
        self.window.show()
        self.people: list[Person] = []
        self.picture = scene(None)[0]

    def settle(self, ms: int = 120) -> None:
        QTest.qWait(ms)

    def wait(self, there: Callable[[], object]) -> None:
        """For what comes from another thread, on a machine that may be busy."""
        while not there():
            self.settle(50)

    def snap(self, name: str, what: QWidget | None = None) -> None:
        self.settle()
        for _ in range(5):  # on a busy machine the last words may still be being laid out
            QApplication.processEvents()
        shown = what or self.window
        self.cut += [f"{name}: {part}" for part in (*cut_off(shown), off_screen(shown)) if part]
        if self._folder is not None:
            path = self._folder / f"{name}-{self.tag}.png"
            shown.grab().save(str(path))
            print(path)

    def hire(self) -> None:
        """Forty people, some with a portrait."""
        for number, name in enumerate(NAMES):
            jpeg = encode_jpeg(portrait(number), 90) if number % 3 != 2 else b""
            person = self.desk.add_person(
                name,
                jpeg=jpeg,
                samples=0 if number == 11 else 1 + number % 3,
                staff_number=f"{1000 + number * 7}",
                department=DEPARTMENTS[number % 5],
            )
            if number == 15:
                self.desk.people.update(Person(person.id, name, "1105", "Office", active=False))
            self.people.append(person)
        shots_enrolment.agree(self, self.people)
        self.window.people.refresh()
        self.window._people_changed()

    def work(self) -> None:
        """Punches of this morning and of the days before."""
        now = self.desk.clock.utc()
        for days in (3, 2, 1):
            for number in (0, 2, 4, 9):
                at = now - timedelta(days=days) + timedelta(minutes=7 * number - 40)
                self.desk.punch(self.people[number], Direction.IN, at)
                self.desk.punch(self.people[number], Direction.OUT, at + timedelta(hours=8.4))
        for order, number in enumerate((3, 6, 8, 13, 4, 1)):
            at = now - timedelta(minutes=64 - 9 * order)
            self.desk.punch(self.people[number], Direction.IN, at)
        self.window.kiosk.people_changed()

    def camera(
        self, state: CameraState, trouble: CameraTrouble | None = None, **words: object
    ) -> None:
        self.desk.camera_state = state
        fact = CameraChanged(self.desk.clock.utc(), state, trouble, **words)  # type: ignore[arg-type]
        self.desk.tell(fact)
        self.settle(30)

    def look(
        self, kind: DecisionKind, person: Person | None = None, *reasons: QualityReason
    ) -> None:
        name, number = (person.name, person.id) if person else ("", None)
        picture, box = scene(number - 1 if number else 5)
        face = seen_face(kind, box, name=name, person_id=number, reasons=reasons)
        self.desk.show(picture, face)

    def greet(self, number: int, direction: Direction, worked_s: float = 0.0) -> None:
        person = self.people[number]
        punch = self.desk.punch(person, direction)
        self.look(DecisionKind.KNOWN, person)
        utc = self.desk.clock.utc()
        self.desk.tell(PunchRecorded(utc, punch, person, worked_s, how=SEEN_BY_CAMERA))
        self.settle(60)

    def close(self) -> None:
        self.window.close()
        self.desk.stop()
        self.settle(20)
        self._temporary.cleanup()


def kiosk(studio: Studio) -> None:
    desk = studio.desk
    studio.snap("kiosk-opening")
    studio.camera(CameraState.LIVE, message="")
    desk.show(studio.picture)
    studio.snap("kiosk-idle")
    studio.look(DecisionKind.REFUSED, None, QualityReason.TOO_SMALL)
    studio.snap("kiosk-come-closer")
    studio.greet(0, Direction.IN)
    studio.snap("kiosk-in")
    desk.clock.advance(10)
    studio.greet(38, Direction.OUT, 8.07 * 3600)
    studio.snap("kiosk-out")
    desk.clock.advance(10)
    studio.look(DecisionKind.KNOWN, studio.people[6])
    seen = desk.seen.peek()
    assert seen is not None
    desk.tell(
        PunchDeclined(
            desk.clock.utc(),
            studio.people[6],
            Direction.IN,
            desk.clock.utc() - timedelta(minutes=4),
            SEEN_BY_CAMERA,
        )
    )
    studio.snap("kiosk-already")
    desk.clock.advance(10)
    studio.look(DecisionKind.UNKNOWN)
    seen = desk.seen.peek()
    assert seen is not None
    desk.tell(UnknownSeen(desk.clock.utc(), 1, seen.faces[0].decision))
    studio.snap("kiosk-unknown")
    desk.clock.advance(10)
    desk.show(np.zeros_like(studio.picture))
    studio.camera(
        CameraState.STALLED,
        CameraTrouble.BLACK,
        message="The camera picture is black",
        hint="Is the lens covered, the shutter closed, or the room dark?",
    )
    studio.snap("kiosk-black")
    desk.show(studio.picture)
    studio.camera(
        CameraState.STALLED,
        CameraTrouble.FROZEN,
        message="The camera picture stands still",
        hint="Waiting for it to move again; it will be reopened by itself.",
    )
    studio.snap("kiosk-frozen")
    desk.frames.clear()
    studio.camera(
        CameraState.LOST,
        CameraTrouble.UNPLUGGED,
        message="No camera was found",
        hint="Plug a camera in; it is used as soon as it is there.",
        retry_s=8.0,
    )
    studio.snap("kiosk-lost")
    desk.tell(
        ProblemFound(
            desk.clock.utc(),
            "The punch could not be saved",
            "The disk is full.",
            "Free some space; the next frames try again.",
        )
    )
    studio.snap("kiosk-problem")
    studio.window.banner.dismiss.click()
    studio.camera(CameraState.LIVE, message="")
    desk.show(studio.picture)


def offers(studio: Studio) -> None:
    """What people may say about their check-in."""
    desk = studio.desk
    studio.camera(CameraState.LIVE, message="")

    def arrive(number: int, wanted: Direction | None = None) -> None:
        studio.look(DecisionKind.KNOWN, studio.people[number])
        desk.kiosk.check_in(studio.people[number].id, SEEN_BY_CAMERA, wanted)
        studio.settle(60)

    arrive(22)
    desk.clock.advance(3)
    studio.snap("kiosk-undo")
    arrive(34)
    studio.snap("kiosk-undo-two")
    desk.kiosk.reject(desk.punches.between(None, None, studio.people[34].id)[-1].id)
    studio.snap("kiosk-not-me")
    desk.clock.advance(20)
    desk.change_settings(direction="ask")
    arrive(3)  # came this morning
    desk.clock.advance(2)
    studio.snap("kiosk-asked")
    desk.kiosk.answer(studio.people[3].id, Direction.BREAK_START)
    studio.snap("kiosk-break")
    desk.clock.advance(1800)
    arrive(3)
    studio.snap("kiosk-asked-after-break")
    desk.kiosk.answer(studio.people[3].id, Direction.BREAK_END)
    desk.clock.advance(20)
    desk.change_settings(direction="automatic")
    desk.punch(studio.people[20], Direction.IN, desk.clock.utc() - timedelta(hours=24))
    arrive(20)
    studio.snap("kiosk-yesterday")
    desk.clock.advance(60)


def people(studio: Studio) -> None:
    studio.window.show_page(1)
    studio.window.people.table.selectRow(2)
    studio.window.people.table.setFocus()
    studio.snap("people-list")
    studio.window.people.search.setText("eng")
    studio.snap("people-search")
    studio.window.people.search.setText("xyz")
    studio.snap("people-nobody")
    studio.window.people.search.clear()
    studio.window.people.table.selectRow(2)
    studio.window.people.ask_remove()
    studio.wait(lambda: studio.window.people.findChildren(Message))  # what goes is counted first
    confirm = studio.window.people.findChildren(Message)[-1]
    studio.snap("people-remove", confirm)
    confirm.close()


def enrol(studio: Studio) -> None:
    window = studio.window

    def open_dialog(person: Person) -> EnrolDialog:
        dialog = EnrolDialog(studio.desk, window.bridge, window.pulse, studio.theme, person, window)  # type: ignore[arg-type]
        dialog.open()
        return dialog

    person = studio.people[4]
    other = Sample(0, 0, "fake-1", stranger_vector(1), "camera", encode_jpeg(portrait(9), 90))
    studio.desk.people.add_samples(person.id, [other])
    dialog = open_dialog(studio.desk.people.get(person.id))
    studio.wait(lambda: dialog.tray._rules)
    studio.snap("enrol-edit", dialog)
    dialog._discard()


def import_people(studio: Studio) -> None:
    """A folder of five, of whom one picture shows somebody else and one person has none."""
    knows = studio.desk.enrolment.knows
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(("Ivy_Lang", "Jo_Park", "Kim_Roe", "Lu_Wen", "Mo_Diaz")):
            own = Path(folder) / name
            own.mkdir()
            for photo in range(3):
                file = f"{number}{photo}.jpg"
                (own / file).touch()
                reasons = [QualityReason.BLURRED] if number == 3 or photo == number == 1 else []
                vector = stranger_vector(number) if (number, photo) == (2, 2) else None
                knows[file] = [good_face(portrait(number + 20), *reasons, seed=photo,
                                         vector=vector)]  # fmt: skip
        studio.window.show_page(1)
        page = studio.window.people
        page.plan_import(Path(folder), plan_folder)
        studio.wait(lambda: page.findChildren(ImportDialog))
        dialog = page.findChildren(ImportDialog)[-1]
        dialog.dry_run.setChecked(True)
        studio.snap("import-ready", dialog)
        enrolment = studio.desk.enrolment
        at_once = enrolment.examine_file

        def slowly(path: Path) -> Examined:
            time.sleep(0.08)
            return at_once(path)

        enrolment.examine_file = slowly  # type: ignore[method-assign]
        dialog.start()
        studio.settle(400)
        studio.snap("import-running", dialog)
        studio.wait(lambda: dialog.report.rows)
        studio.snap("import-done", dialog)
        dialog.reject()


def log(studio: Studio) -> None:
    page = studio.window.log
    studio.window.show_page(2)
    page.show_span(1)
    page.table.selectRow(1)
    studio.snap("log")
    menu = page.export_button.menu()
    menu.popup(page.export_button.mapToGlobal(page.export_button.rect().bottomLeft()))
    studio.snap("log-export-menu", menu)
    menu.close()
    calendar = page.first_day.calendarWidget()
    assert isinstance(calendar, QCalendarWidget)
    calendar.resize(320, 280)
    studio.snap("log-calendar", calendar)


def correct(studio: Studio) -> None:
    studio.window.show_page(2)
    studio.window.log.table.selectRow(1)
    studio.window.log.correct_button.click()
    studio.settle()
    (dialog,) = studio.window.log.findChildren(CorrectDialog)
    studio.snap("correct", dialog)
    dialog.save.click()
    studio.snap("correct-refused", dialog)
    dialog.close()


def hours(studio: Studio) -> None:
    first = studio.desk.clock.utc().date() - timedelta(days=20)
    studio.desk.schedules.save(
        Schedule("Office", "Mon-Fri 08:30-17:00", breaks=breaks_of("6h:30min"))
    )
    studio.desk.schedules.assign(Assignment("Office", first))
    for number in (7, 12):
        studio.desk.schedules.add_absence(
            Absence(studio.people[number].id, AbsenceKind.LEAVE, first, first + timedelta(days=30))
        )
    page = studio.window.hours
    studio.window.show_page(3)
    studio.snap("hours-today")
    page.views.button(1).click()
    studio.settle(1500)
    studio.snap("hours-month")
    page.timesheets.open_person(studio.people[0].id)
    studio.settle(800)
    page.timesheets.day_table.selectRow(20)
    studio.snap("hours-person")
    page.views.button(2).click()
    studio.settle(800)
    studio.snap("hours-departments")
    page.views.button(3).click()
    studio.settle(800)
    studio.snap("hours-charts")
    page.views.button(4).click()
    page.schedules.table.selectRow(0)
    studio.snap("hours-schedules")
    page.schedules.edit()
    snap_dialog(studio, "hours-schedule-form", ScheduleDialog)
    page.schedules.assign()
    snap_dialog(studio, "hours-assign-form", AssignDialog)
    page.views.button(5).click()
    studio.snap("hours-absences")
    page.absences.add()
    snap_dialog(studio, "hours-absence-form", AbsenceDialog)
    page.views.button(6).click()
    studio.settle(800)
    studio.snap("hours-closing")
    page.closing.close_month()
    snap_dialog(studio, "hours-closing-form", ClosingDialog)


def snap_dialog(studio: Studio, name: str, kind: type[FormDialog]) -> None:
    studio.settle()
    dialog = studio.window.hours.findChildren(kind)[-1]
    studio.snap(name, dialog)
    dialog.close()


def settings(studio: Studio) -> None:
    page = studio.window.settings
    studio.window.show_page(4)
    studio.settle(200)
    page.editors["zone"].show_value("Berlin")
    page.editors["votes"].show_value(5)
    studio.snap("settings")
    page.scroll_area.verticalScrollBar().setValue(page.scroll_area.verticalScrollBar().maximum())
    studio.snap("settings-end")
    page.revert()


def safety(studio: Studio) -> None:
    """First start, signing in, the page of safety, the notice at the kiosk."""
    desk, window = studio.desk, studio.window

    def snap_dialog(name: str) -> None:
        studio.settle(200)
        (dialog,) = [one for one in window.findChildren(Message) if one.isVisible()]
        studio.snap(name, dialog)
        dialog.close()

    window.kiosk.privacy.click()
    snap_dialog("safety-notice")
    window.offer_owner()
    snap_dialog("safety-owner")
    desk.access.make_owner("Ada Lindqvist", "correct horse battery")
    desk.access.sign_out()  # whoever made the owner was signed in
    window.show_page(1)
    studio.settle(200)
    (dialog,) = [one for one in window.findChildren(SignInDialog) if one.isVisible()]
    dialog.password.setText("wrong")
    dialog.enter.click()
    snap_dialog("safety-sign-in")
    desk.access.sign_in("Ada Lindqvist", "correct horse battery")
    desk.access.add("Bea Ortiz", Role.ADMIN, "correct horse battery")
    desk.access.add("Front desk", Role.OPERATOR, "correct horse battery")
    desk.people.update(replace(desk.people.get(studio.people[5].id), active=False))
    desk.clock.advance(100 * 86_400)
    desk.access.sign_in("Ada Lindqvist", "correct horse battery")
    window.show_page(5)
    window.safety.refresh()
    studio.settle(400)
    studio.snap("safety")
    window.safety.scroll_area.verticalScrollBar().setValue(10_000)
    window.safety.audit.check_button.click()
    studio.settle(1500)
    studio.snap("safety-end")
    window.safety.accounts.add_button.click()
    snap_dialog("safety-account")
    desk.access.sign_out()
    window.watch.look()


PARTS: dict[str, Callable[[Studio], None]] = {
    "kiosk": kiosk, "offers": offers,
    "people": people, "enrol": enrol, "import": import_people, "log": log,
    "correct": correct, "hours": hours, "settings": settings,
    **shots_enrolment.PARTS, **shots_credentials.PARTS, **shots_liveness.PARTS,
    "safety": safety,  # last: from then on there are accounts, and nobody is signed in
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--only", default="")
    parser.add_argument("--right-to-left", action="store_true")
    parser.add_argument("--language", default="en")
    parser.add_argument(
        "--look", default="light-1280x800,dark-1280x800,light-1024x600,dark-1920x1080"
    )
    arguments = parser.parse_args()
    if arguments.folder is not None:
        arguments.folder.mkdir(parents=True, exist_ok=True)
    only = arguments.only.split(",") if arguments.only else ["people", *PARTS]
    speak(arguments.language)
    application = the_application()
    if arguments.right_to_left:
        application.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    cut: list[str] = []
    for look in arguments.look.split(","):
        mode, size = look.split("-")
        width, height = (int(side) for side in size.split("x"))
        studio = Studio(arguments.folder, mode, (width, height))
        if "people" in only:
            studio.window.show_page(1)
            studio.snap("people-empty")
            studio.window.show_page(0)
        studio.hire()
        studio.work()
        for name, part in PARTS.items():
            if name in only:
                studio.window.show_page(0)
                part(studio)
        studio.close()
        cut += [f"{studio.tag} {part}" for part in studio.cut]
    for part in cut:
        print(part)
    if cut and arguments.folder is None:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
