"""Times, days and durations as people read them at the kiosk."""

import unicodedata
from datetime import date, datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDate, QLocale

from facedesk.core.language import language_code, tr


def locale() -> QLocale:
    """The window's language in the user's territory: weekdays in the language of all the rest."""
    return QLocale(QLocale(language_code()).language(), QLocale.system().territory())


def apart(name: str) -> str:
    """A name before figures or brackets: one that is read from right to left would take them
    along to its own left, so it is kept apart by Unicode's isolates.
    """
    turns = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in name)
    return f"\u2068{name}\u2069" if turns else name


def clock_text(utc: datetime, zone: str) -> str:
    """'08:58' in `zone`."""
    return utc.astimezone(ZoneInfo(zone)).strftime("%H:%M")


def local_day(utc: datetime, zone: str) -> date:
    """The calendar day of `utc` in `zone`."""
    return utc.astimezone(ZoneInfo(zone)).date()


def day_text(day: date) -> str:
    """'Tuesday, 24 November'."""
    return locale().toString(QDate(day.year, day.month, day.day), tr("dddd, d MMMM"))


def short_day_text(day: date) -> str:
    """'Tue 24 Nov 2026'."""
    return locale().toString(QDate(day.year, day.month, day.day), tr("ddd d MMM yyyy"))


def duration_text(seconds: float) -> str:
    """'7 h 05 min'; whole minutes, rounded down, as on a time sheet."""
    minutes = max(0, int(seconds)) // 60
    if minutes < 60:
        return tr("{minutes} min", minutes=minutes)
    return tr("{hours} h {minutes:02d} min", hours=minutes // 60, minutes=minutes % 60)


def hours_text(minutes: int, *, signed: bool = False) -> str:
    """'7:05', with a sign '+0:30' or '-0:30'; '' for nothing."""
    if not minutes:
        return ""
    sign = "-" if minutes < 0 else "+" if signed else ""
    return f"{sign}{abs(minutes) // 60}:{abs(minutes) % 60:02d}"


def provider_text(provider: str) -> str:
    """'CPU' of 'CPUExecutionProvider'; a dash while nothing runs yet."""
    return {
        "CPUExecutionProvider": tr("CPU"),
        "CUDAExecutionProvider": "CUDA",
        "DmlExecutionProvider": "DirectML",
        "CoreMLExecutionProvider": "Core ML",
        "OpenVINOExecutionProvider": "OpenVINO",
    }.get(provider, provider.removesuffix("ExecutionProvider"))
