"""The office half of attendance: who is here, hours, charts, agreements, and the paid month."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from facedesk.core.language import tr
from facedesk.gui.absences_view import AbsencesView
from facedesk.gui.bridge import Bridge
from facedesk.gui.charts_view import ChartsView
from facedesk.gui.closing_view import ClosingView
from facedesk.gui.controls import Button, label
from facedesk.gui.department_view import DepartmentView
from facedesk.gui.portraits import Portraits
from facedesk.gui.schedules_view import SchedulesView
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.gui.timesheet_view import TimesheetView
from facedesk.gui.today_view import TodayView

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk


class HoursPage(QWidget):
    """Seven views, of which the buttons above show one; each reads when it is shown."""

    corrected = Signal()

    def __init__(self, desk: "Desk", bridge: Bridge, theme: Theme, portraits: Portraits) -> None:
        super().__init__()
        self.setObjectName("page")
        self.today = TodayView(desk, bridge, theme, portraits)
        self.timesheets = TimesheetView(desk, bridge, theme, portraits)
        self.departments = DepartmentView(desk, bridge, theme, portraits)
        self.charts = ChartsView(desk, bridge, theme)
        self.schedules = SchedulesView(desk, bridge, theme, portraits)
        self.absences = AbsencesView(desk, bridge, theme, portraits)
        self.closing = ClosingView(desk, bridge, theme, portraits)
        self.views = QButtonGroup(self)
        self.stack = QStackedWidget()
        tabs = QHBoxLayout()
        tabs.setSpacing(SPACE_PX // 2)
        tabs.addWidget(label(tr("Hours"), "pageTitle"))
        tabs.addStretch(1)
        for number, (text, view) in enumerate(
            (
                (tr("Today"), self.today),
                (tr("Time sheets"), self.timesheets),
                (tr("Departments"), self.departments),
                (tr("Charts"), self.charts),
                (tr("Schedules"), self.schedules),
                (tr("Absences"), self.absences),
                (tr("Month close"), self.closing),
            )
        ):
            made = Button(theme, text, "tab")
            made.setCheckable(True)
            self.views.addButton(made, number)
            tabs.addWidget(made)
            self.stack.addWidget(view)
        self.views.button(0).setChecked(True)
        self.views.idClicked.connect(self.stack.setCurrentIndex)
        self.timesheets.panel.corrected.connect(self.corrected)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(3 * SPACE_PX, 3 * SPACE_PX, 3 * SPACE_PX, 2 * SPACE_PX)
        whole.setSpacing(2 * SPACE_PX)
        whole.addLayout(tabs)
        whole.addWidget(self.stack, 1)
