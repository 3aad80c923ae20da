"""The window: navigation rail, pages, status line, full screen, and an orderly end."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QIcon, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QDialog,
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from facedesk.core.facts import Fact, ProblemFound, ProviderChanged
from facedesk.core.language import tr
from facedesk.core.roles import needed
from facedesk.gui.access_watch import AccessWatch
from facedesk.gui.banner import Banner
from facedesk.gui.bridge import Bridge
from facedesk.gui.hours_page import HoursPage
from facedesk.gui.icons import icon_of
from facedesk.gui.kiosk_page import KioskPage
from facedesk.gui.log_page import LogPage
from facedesk.gui.login import OwnerDialog, ask_for
from facedesk.gui.people_page import PeoplePage
from facedesk.gui.portraits import Portraits
from facedesk.gui.pulse import Pulse
from facedesk.gui.safety_page import SafetyPage
from facedesk.gui.settings_page import SettingsPage
from facedesk.gui.status_strip import StatusStrip
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.paths import resources_dir

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk

log = logging.getLogger(__name__)

_STOP_BUDGET_S = 3.0
_PAGES = (
    "page kiosk", "page people", "page log", "page hours", "page settings", "page safety",
)  # fmt: skip


class Rail(QFrame):
    """The buttons on the left; `chosen` carries the index of a page."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, entries: list[tuple[str, str]]) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setAccessibleName(tr("Navigation"))
        self._theme = theme
        self._icons = [icon for icon, _ in entries]
        self.buttons: list[QToolButton] = []
        group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_PX, 2 * SPACE_PX, SPACE_PX, SPACE_PX)
        column.setSpacing(SPACE_PX)
        for number, (_, text) in enumerate(entries):
            made = QToolButton()
            made.setText(text)
            made.setAccessibleName(text)
            made.setToolTip(tr("{page} (Ctrl+{number})", page=text, number=number + 1))
            made.setCheckable(True)
            made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            made.setIconSize(QSize(26, 26))
            # As wide as the longest word: no language is cut, and none takes room from the pages.
            made.setMinimumWidth(80)
            made.setFixedHeight(68)
            made.setSizePolicy(QSizePolicy.Policy.MinimumExpanding, QSizePolicy.Policy.Fixed)
            made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            group.addButton(made, number)
            column.addWidget(made)
            self.buttons.append(made)
        column.addStretch(1)
        group.idClicked.connect(self.chosen)
        theme.changed.connect(self._recolour)
        self._recolour()

    def mark(self, number: int) -> None:
        self.buttons[number].setChecked(True)

    def _recolour(self) -> None:
        plain, checked = self._theme.colour("muted"), self._theme.colour("on_accent_soft")
        for made, icon in zip(self.buttons, self._icons, strict=True):
            made.setIcon(icon_of(icon, plain, checked))


class MainWindow(QMainWindow):
    """Everything a user sees. Closing it stops the desk within three seconds."""

    def __init__(self, desk: "Desk", theme: Theme) -> None:
        super().__init__()
        self._desk = desk
        self._theme = theme
        self._closed = False
        self.demonstration_wanted = False  # read when the window is closed
        self.setWindowTitle(tr("FaceDesk"))
        self.setWindowIcon(QIcon(str(resources_dir() / "icon" / "facedesk.png")))
        self.resize(1280, 800)
        self.setMinimumSize(900, 560)
        desk.access.origin = "window"
        self._ending = False
        self._left_full_screen = False  # by an admin, for a while
        self.bridge = Bridge(desk, self)
        self.watch = AccessWatch(desk, self)
        self.pulse = Pulse(self)
        portraits = Portraits(desk.people)
        self.kiosk = KioskPage(desk, self.bridge, self.pulse, theme, portraits)
        self.people = PeoplePage(desk, self.bridge, self.pulse, theme, portraits)
        self.log = LogPage(desk, self.bridge, theme, portraits)
        self.hours = HoursPage(desk, self.bridge, theme, portraits)
        self.settings = SettingsPage(desk, self.bridge, theme)
        self.safety = SafetyPage(desk, self.bridge, theme, portraits)
        self.banner = Banner(theme)
        self.strip = StatusStrip(desk, theme)
        self.pages = QStackedWidget()
        for page in (
            self.kiosk, self.people, self.log, self.hours, self.settings, self.safety,
        ):  # fmt: skip
            self.pages.addWidget(page)
        self.rail = Rail(
            theme,
            [
                ("kiosk", tr("Kiosk")),
                ("people", tr("People")),
                ("log", tr("Log")),
                ("hours", tr("Hours")),
                ("settings", tr("Settings")),
                ("lock", tr("Safety")),
            ],
        )
        self._lay_out()
        self._connect()
        self._people_changed()
        self._show(0)
        self.kiosk.setFocus()
        self.pulse.start()

    def _lay_out(self) -> None:
        centre = QWidget()
        centre.setObjectName("page")
        self._banner_room = QWidget()
        room = QVBoxLayout(self._banner_room)
        room.setContentsMargins(3 * SPACE_PX, 2 * SPACE_PX, 3 * SPACE_PX, 0)
        room.addWidget(self.banner)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self._banner_room)
        column.addWidget(self.pages, 1)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(column, 1)
        outer = QVBoxLayout(centre)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addLayout(row, 1)
        outer.addWidget(self.strip)
        self._banner_room.hide()
        self.setCentralWidget(centre)

    def _connect(self) -> None:
        self.bridge.fact_told.connect(self._hear)
        self.rail.chosen.connect(self.show_page)
        self.kiosk.demonstrate.clicked.connect(self._demonstrate)
        self.banner.dismiss.clicked.connect(self._banner_room.hide)
        self.people.people_changed.connect(self._people_changed)
        self.log.corrected.connect(self.kiosk.people_changed)
        self.hours.corrected.connect(self.kiosk.people_changed)
        self.settings.settings_applied.connect(self._settings_applied)
        self.safety.people_changed.connect(self._erased)
        self.safety.access_changed.connect(self.watch.look)
        for number in range(self.pages.count()):
            keys = QShortcut(QKeySequence(f"Ctrl+{number + 1}"), self)
            keys.activated.connect(lambda number=number: self.show_page(number))
        QShortcut(QKeySequence(Qt.Key.Key_F11), self).activated.connect(self.toggle_full_screen)
        self._escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        self._escape.activated.connect(self.leave_full_screen)
        self._escape.setEnabled(False)
        self.watch.changed.connect(self._access_changed)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.commitDataRequest.connect(self._end_of_session)

    def show_page(self, number: int) -> None:
        """0 kiosk, 1 people, 2 log, 3 hours, 4 settings, 5 safety; for whom the roles allow it.

        Full screen belongs to the kiosk.
        """
        self.rail.mark(self.pages.currentIndex())

        def show() -> None:
            if number != 0 and self.isFullScreen():
                self._show_normal()
            self._show(number)

        leaves = number != 0 and self.isFullScreen()
        self._ask("leave kiosk" if leaves else _PAGES[number], show)

    def _show(self, number: int) -> None:
        self.rail.mark(number)
        self.pages.setCurrentIndex(number)

    def _ask(self, action: str, then: Callable[[], None]) -> None:
        def allowed() -> None:
            self.watch.look()
            then()

        ask_for(self._desk, self._theme, self, action, allowed)

    @property
    def locked(self) -> bool:
        """The kiosk fills the screen, and only an admin can leave it or close the window."""
        return not self._closed and self.isFullScreen() and self._desk.access.guarded

    def toggle_full_screen(self) -> None:
        if self.isFullScreen():
            self.leave_full_screen()
            return
        self._show(0)
        self.rail.hide()
        self.strip.hide()
        self._escape.setEnabled(True)
        self._left_full_screen = False
        # Other windows come to the front of a kiosk only when somebody with rights leaves it.
        self.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint, self._desk.access.guarded)
        self.showFullScreen()

    def leave_full_screen(self) -> None:
        """At once where FaceDesk is open; else an admin has to sign in."""
        if self.isFullScreen():
            self._ask("leave kiosk", self._show_normal)

    def _show_normal(self) -> None:
        self._left_full_screen = self._desk.access.guarded
        self.rail.show()
        self.strip.show()
        self._escape.setEnabled(False)
        self.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint, False)
        self.showNormal()

    def offer_owner(self) -> None:
        """On the first start, once: nobody is asked again who said later."""
        access = self._desk.access
        if not access.guarded and not access.declined:
            dialog = OwnerDialog(self._desk, self._theme, self)
            dialog.saved.connect(self.watch.look)
            dialog.leave.clicked.connect(access.decline)
            dialog.open()

    def _access_changed(self) -> None:
        self.strip.account.refresh()
        page = needed(_PAGES[self.pages.currentIndex()])
        if self._desk.access.role.includes(page):
            return
        for dialog in self.findChildren(QDialog):
            dialog.done(QDialog.DialogCode.Rejected)
        self._show(0)
        if self._left_full_screen:
            self.toggle_full_screen()

    def _end_of_session(self, _session: object) -> None:
        self._ending = True  # the system shuts down: no kiosk may hold it up

    def _hear(self, fact: Fact) -> None:
        if isinstance(fact, ProblemFound):
            self.banner.show_problem(fact)
            self._banner_room.show()
        if isinstance(fact, ProviderChanged):
            self.strip.explain_provider(fact.message)
        self.strip.refresh()

    def _people_changed(self) -> None:
        self.strip.count_people(self._desk.people.count())
        self.kiosk.people_changed()
        self.log.people_changed()

    def _erased(self) -> None:
        self.people.refresh()
        self._people_changed()

    def _settings_applied(self) -> None:
        self._theme.use(self._desk.settings.theme)
        self.kiosk.settings_changed()
        self.log.settings_changed()
        self.strip.refresh()

    def _demonstrate(self) -> None:
        self.demonstration_wanted = True
        self.end()

    def end(self) -> None:
        """Close without asking anybody."""
        self._ending = True
        self.close()

    def changeEvent(self, event: QEvent) -> None:
        """A locked kiosk comes back to the front where the system allows it."""
        super().changeEvent(event)
        lost = event.type() is QEvent.Type.ActivationChange and not self.isActiveWindow()
        if lost and self.locked and QApplication.activeModalWidget() is None:
            self.raise_()
            self.activateWindow()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop the desk; the window is gone at once, the threads get their three seconds.

        A locked kiosk asks for an admin first.
        """
        if self.locked and not self._ending:
            event.ignore()
            self._ask("leave kiosk", self.end)
            return
        if not self._closed:
            self._closed = True
            for timer in self.findChildren(QTimer):
                timer.stop()  # nothing may ask a desk that is gone
            self.bridge.close()
            self.watch.close()
            self.hide()
            stuck = self._desk.stop(_STOP_BUDGET_S)
            if stuck:
                log.error("threads that did not end: %s", ", ".join(stuck))
        event.accept()
