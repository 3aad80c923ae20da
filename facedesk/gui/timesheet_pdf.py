"""A person's own copy of the hours as PDF: days, totals, and what was corrected by whom and why.

Works without a window, and needs a QGuiApplication for its fonts.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from pathlib import Path

from PySide6.QtCore import QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QFont,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextDocument,
    QTextLayout,
)

from facedesk.core.corrections import Correction, PunchState
from facedesk.core.language import tr
from facedesk.core.schedules import Minute, moment_of
from facedesk.core.totals import DayTotal, Minutes
from facedesk.engine.personal_copy import PersonalCopy
from facedesk.engine.reports import notes_of
from facedesk.gui.recent_list import direction_text
from facedesk.gui.theme import FAMILIES
from facedesk.gui.wording import clock_text, hours_text, local_day, short_day_text
from facedesk.store.tables import replacing

_DOTS_AN_INCH = 300
_FOOT_PT = 24
_INVISIBLE = ("Cc", "Cf", "Zs")
_STYLE = """
h1 { font-size: 15pt; font-weight: 600; margin-bottom: 2pt; }
h2 { font-size: 11pt; font-weight: 600; margin-top: 14pt; margin-bottom: 3pt; }
p { margin-top: 0; margin-bottom: 8pt; color: #556072; }
th { color: #556072; font-weight: 600; border-bottom: 1pt solid #7f8b9d; }
.sum { font-weight: 700; background-color: #eef1f6; }
.free { color: #556072; }
"""


def write_timesheets(path: Path, copies: Iterable[PersonalCopy]) -> int:
    """One PDF, each person from a new page on; returns the number of pages. Raises StoreError."""
    pages = 0
    with replacing(path) as temporary:
        writer = QPdfWriter(str(temporary))
        writer.setResolution(_DOTS_AN_INCH)
        writer.setPageLayout(
            QPageLayout(
                QPageSize(QPageSize.PageSizeId.A4),
                QPageLayout.Orientation.Portrait,
                QMarginsF(15, 15, 15, 12),
                QPageLayout.Unit.Millimeter,
            )
        )
        writer.setTitle(tr("Time sheet"))
        writer.setCreator("FaceDesk")
        painter = QPainter()
        if not painter.begin(writer):
            raise OSError(5, "the PDF cannot be begun", str(path))
        try:
            for copy in copies:
                pages += _paint_copy(writer, painter, copy, first=pages == 0)
        finally:
            painter.end()
    return pages


def document_of(copy: PersonalCopy) -> QTextDocument:
    """The whole copy as a document that has no pages yet."""
    document = QTextDocument()
    document.setDefaultFont(print_font())
    document.setDefaultStyleSheet(_STYLE)
    document.setDocumentMargin(0)
    document.setHtml(_html(copy))
    return document


def print_font() -> QFont:
    font = QFont()
    font.setFamilies(FAMILIES)
    font.setPointSizeF(8.0)
    return font


def letters_without_a_font(text: str) -> str:
    """The letters of `text` that no font of this computer has: they would print as boxes."""
    missing = []
    for letter in dict.fromkeys(text):
        layout = QTextLayout(letter, print_font())
        layout.beginLayout()
        layout.createLine()
        layout.endLayout()
        glyphs = [glyph for run in layout.glyphRuns() for glyph in run.glyphIndexes()]
        if unicodedata.category(letter) not in _INVISIBLE and 0 in glyphs:
            missing.append(letter)
    return "".join(missing)


def _paint_copy(writer: QPdfWriter, painter: QPainter, copy: PersonalCopy, *, first: bool) -> int:
    document = document_of(copy)
    document.documentLayout().setPaintDevice(writer)
    foot = _FOOT_PT * _DOTS_AN_INCH / 72
    width, height = float(writer.width()), writer.height() - foot
    document.setPageSize(QSizeF(width, height))
    count = document.pageCount()
    for number in range(count):
        if number or not first:
            writer.newPage()
        painter.save()
        painter.translate(0, -number * height)
        document.drawContents(painter, QRectF(0, number * height, width, height))
        painter.restore()
        painter.setFont(print_font())
        painter.setPen(Qt.GlobalColor.darkGray)
        made = _moment(copy.made_utc, copy.zone)
        room = QRectF(0, height, width, foot)
        bottom = Qt.AlignmentFlag.AlignBottom
        painter.drawText(
            room, bottom | Qt.AlignmentFlag.AlignLeft, tr("Made by FaceDesk on {when}", when=made)
        )
        painter.drawText(
            room,
            bottom | Qt.AlignmentFlag.AlignRight,
            tr("Page {number} of {count}", number=number + 1, count=count),
        )
    return count


def _html(copy: PersonalCopy) -> str:
    sheet, person = copy.sheet, copy.sheet.person
    details = " · ".join(filter(None, (copy.organisation, person.department, person.staff_number)))
    period = tr(
        "{first} to {last}",
        first=short_day_text(sheet.days[0].day),
        last=short_day_text(sheet.days[-1].day),
    )
    parts = [
        f"<h1>{escape(person.name)}</h1>",
        f"<p>{escape(' · '.join(filter(None, (details, period))))}</p>",
        _days_table(sheet.days, sheet.total),
    ]
    if copy.corrections:
        parts += [f"<h2>{escape(tr('Corrections'))}</h2>", _corrections_table(copy)]
    signed = "".join(
        f"<td width='45%' style='border-top: 1pt solid #7f8b9d'>{escape(who)}</td><td></td>"
        for who in (tr("Date, employee"), tr("Date, employer"))
    )
    parts.append(f"<p><br/><br/></p><table width='100%'><tr>{signed}</tr></table>")
    return "".join(parts)


def _days_table(days: Sequence[DayTotal], total: Minutes) -> str:
    headings = (
        tr("Day"), tr("In"), tr("Out"), tr("Target"), tr("Worked"), tr("Break"), tr("Overtime"),
        tr("Balance"), tr("Notes"),
    )  # fmt: skip
    rows = [
        _row(
            (
                short_day_text(day.day), _clock(day.first_in, day), _clock(day.last_out, day),
                *_figures(day.minutes), notes_of(day),
            ),
            "" if day.minutes.target_min or day.minutes.worked_min else "free",
        )
        for day in days
    ]  # fmt: skip
    rows.append(_row((tr("Sum"), "", "", *_figures(total), ""), "sum"))
    return _table(headings, rows)


def _figures(minutes: Minutes) -> tuple[str, ...]:
    return (
        hours_text(minutes.target_min), hours_text(minutes.worked_min),
        hours_text(minutes.break_min), hours_text(minutes.overtime_min),
        hours_text(minutes.balance_min, signed=True),
    )  # fmt: skip


def _corrections_table(copy: PersonalCopy) -> str:
    headings = (tr("When"), tr("Punch"), tr("Before"), tr("After"), tr("Who"), tr("Why"))
    rows = [
        _row(
            (
                _moment(one.created_utc, copy.zone), str(one.punch_id),
                _state(one.before, one, copy), _state(one.after, one, copy),
                one.signature.who, one.signature.why,
            )
        )
        for one in copy.corrections
    ]  # fmt: skip
    return _table(headings, rows)


def _state(state: PunchState | None, correction: Correction, copy: PersonalCopy) -> str:
    if state is None:
        return "–"
    if state.person_id != copy.sheet.person.id:
        return tr("somebody else")  # whose punch it is, is nobody's business here
    return f"{_moment(state.utc, correction.zone)} {direction_text(state.direction)}"


def _moment(utc: datetime, zone: str) -> str:
    return f"{short_day_text(local_day(utc, zone))} {clock_text(utc, zone)}"


def _clock(minute: Minute | None, day: DayTotal) -> str:
    return "" if minute is None else clock_text(moment_of(minute), day.planned.zone)


def _table(headings: Sequence[str], rows: Sequence[str]) -> str:
    cells = "".join(f"<th align='left'>{escape(heading)}</th>" for heading in headings)
    return (
        "<table width='100%' cellspacing='0' cellpadding='2' style='margin-bottom: 6pt'>"
        f"<thead><tr>{cells}</tr></thead>{''.join(rows)}</table>"
    )


def _row(cells: Sequence[str], kind: str = "") -> str:
    made = "".join(f"<td class='{kind}'>{escape(cell)}</td>" for cell in cells)
    return f"<tr>{made}</tr>"
