"""Arrivals over the day, lateness by weekday, hours by week: drawn, and said in words."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QLocale
from PySide6.QtWidgets import QGridLayout, QWidget

from facedesk.core.language import tr
from facedesk.core.statistics import ARRIVAL_STEP_MIN, Statistics, statistics_of
from facedesk.gui.bar_plot import BarPlot, Bars, Ticks
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Card, Choice, Line, label
from facedesk.gui.hours_view import HoursView, MonthChoice
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.gui.wording import hours_text, locale

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk


class Chart(Card):
    """A plot; the words below say the same, for whoever cannot see it."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__(padding=2)
        self.plot = BarPlot(theme)
        self.plot.setAccessibleName(title)
        self.words = Line("", "muted")
        self.body.setSpacing(SPACE_PX)
        self.body.addWidget(label(title, "sectionTitle"))
        self.body.addWidget(self.plot, 1)
        self.body.addWidget(self.words)

    def show_bars(self, bars: Bars, behind: Bars, width: float, ticks: Ticks, words: str) -> None:
        """`behind` are what the bars are measured against."""
        self.words.say(words)
        self.plot.setAccessibleDescription(words)
        self.plot.show_bars(bars, behind, width, ticks)


class ChartsView(HoursView):
    """A month of everybody or of one department."""

    def __init__(self, desk: "Desk", bridge: Bridge, theme: Theme) -> None:
        super().__init__(desk, bridge, theme)
        self.department = Choice(theme)
        self.department.setAccessibleName(tr("Department"))
        self.department.setMinimumWidth(200)
        self.month = MonthChoice(theme, lambda: self.today)
        self.bar.addWidget(self.department)
        self.bar.addWidget(self.month)
        self.bar.addStretch(1)
        self.arrivals = Chart(theme, tr("Arrivals over the day"))
        self.lateness = Chart(theme, tr("Late, by weekday (percent)"))
        self.weeks = Chart(theme, tr("Hours by week, against the target"))
        grid = QGridLayout()
        grid.setSpacing(2 * SPACE_PX)
        grid.addWidget(self.arrivals, 0, 0, 1, 2)
        grid.addWidget(self.lateness, 1, 0)
        grid.addWidget(self.weeks, 1, 1)
        charts = QWidget()
        charts.setLayout(grid)
        grid.setContentsMargins(0, 0, 0, 0)
        self.body.addWidget(charts, 1)
        self.month.changed.connect(self.refresh)
        self.department.currentIndexChanged.connect(self.refresh)

    def refresh(self) -> None:
        self._fill_departments()
        self.month.say()
        first, last = self.month.days
        department = self.department.currentData()

        def work() -> Statistics:
            sheets = self._desk.timesheets.sheets(first, last, department=department)
            return statistics_of(day for sheet in sheets for day in sheet.days)

        self.ask(work, self.show_statistics)

    def _fill_departments(self) -> None:
        chosen = self.department.currentData()
        blocked = self.department.blockSignals(True)
        self.department.clear()
        self.department.addItem(tr("Everybody"), None)
        for name in sorted({one.department for one in self._desk.people.list()} - {""}):
            self.department.addItem(name, name)
        self.department.setCurrentIndex(max(0, self.department.findData(chosen)))
        self.department.blockSignals(blocked)

    def show_statistics(self, found: Statistics) -> None:
        self._show_arrivals(found)
        self._show_lateness(found)
        self._show_weeks(found)

    def _show_arrivals(self, found: Statistics) -> None:
        step_h = ARRIVAL_STEP_MIN / 60
        bars = [(minute / 60 + step_h / 2, float(count)) for minute, count in found.arrivals]
        hours = range(int(bars[0][0]), int(bars[-1][0]) + 2) if bars else range(6, 19)
        words = tr("Nobody came.")
        if bars:
            minute, count = max(found.arrivals, key=lambda arrival: arrival[1])
            words = tr(
                "{total} arrivals; most of them ({count}) from {clock} on",
                total=sum(one for _, one in found.arrivals),
                count=count,
                clock=f"{minute // 60:02d}:{minute % 60:02d}",
            )
        self.arrivals.show_bars(
            bars, [], step_h, [(float(hour), f"{hour:02d}:00") for hour in hours], words
        )

    def _show_lateness(self, found: Statistics) -> None:
        short = QLocale.FormatType.ShortFormat
        names = [locale().dayName(number, short) for number in range(1, 8)]
        shares = [100 * late / came if came else 0.0 for late, came in found.late]
        late = sum(late for late, _ in found.late)
        came = sum(came for _, came in found.late)
        words = tr("{late} of {came} days began late", late=late, came=came)
        if late:
            worst = max(range(7), key=lambda day: shares[day])
            words += " · " + tr(
                "most often on {day} ({share:.0f} %)", day=names[worst], share=shares[worst]
            )
        self.lateness.show_bars(
            [(float(day), share) for day, share in enumerate(shares)],
            [],
            0.8,
            [(float(day), name) for day, name in enumerate(names)],
            words,
        )

    def _show_weeks(self, found: Statistics) -> None:
        ticks = [
            (float(number), locale().toString(QDate(*week.monday.timetuple()[:3]), tr("d MMM")))
            for number, week in enumerate(found.weeks)
        ]
        worked_min = sum(week.worked_min for week in found.weeks)
        target_min = sum(week.target_min for week in found.weeks)
        self.weeks.show_bars(
            [(float(number), week.worked_min / 60) for number, week in enumerate(found.weeks)],
            [(float(number), week.target_min / 60) for number, week in enumerate(found.weeks)],
            0.8,
            ticks,
            tr(
                "{worked} worked of {target}",
                worked=hours_text(worked_min) or "0:00",
                target=hours_text(target_min) or "0:00",
            ),
        )
