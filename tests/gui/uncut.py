"""What of a window cannot be read because its room is too small."""

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QLabel,
    QLineEdit,
    QToolButton,
    QWidget,
)

from facedesk.gui.controls import Line

_ROUNDING_PX = 1


def cut_off(window: QWidget) -> list[str]:
    """A line for each visible part of `window` that is smaller than what it says, or that lies
    partly outside of what holds it. What can be scrolled to, and what ends in "…" with all of it as
    a tool tip, is not cut off.
    """
    parts = [part for part in window.findChildren(QWidget) if part.isVisible()]
    return [
        f"{type(part).__name__} “{_said(part) or part.accessibleName()}” {trouble}"
        for part in parts
        if not part.objectName().startswith("qt_")
        and (trouble := _too_small(part) or _outside(part) or _covered(part, parts))
    ]


def _said(part: QWidget) -> str:
    return part.text() if isinstance(part, QLabel | QAbstractButton | QLineEdit) else ""


def _too_small(part: QWidget) -> str:
    width, height = part.width() + _ROUNDING_PX, part.height() + _ROUNDING_PX
    letters = part.fontMetrics()
    if height < letters.height() and _said(part):
        return "is too low"
    if isinstance(part, Line):
        return ""
    if isinstance(part, QLabel) and part.wordWrap():
        longest = max(map(letters.horizontalAdvance, part.text().split()), default=0)
        low = height < part.heightForWidth(part.width())
        return "is too low" if low else "is too narrow" if width < longest else ""
    if isinstance(part, QLabel):
        return "" if width >= part.sizeHint().width() else "is too narrow"
    if isinstance(part, QAbstractButton) and part.text():
        above = isinstance(part, QToolButton)  # ours have their icon above the words
        icon_px = 0 if above or part.icon().isNull() else part.iconSize().width()
        needed_px = letters.horizontalAdvance(part.text()) + icon_px
        return "" if width >= needed_px else "is too narrow"
    if isinstance(part, QComboBox):
        return "" if width >= part.minimumSizeHint().width() else "is too narrow"
    if isinstance(part, QLineEdit) and not part.text():
        margins = part.textMargins()
        inside = sum(icon.width() for icon in part.findChildren(QToolButton) if icon.isVisible())
        room = part.contentsRect().width() - margins.left() - margins.right() - inside
        fits = letters.horizontalAdvance(part.placeholderText()) <= room
        return "" if fits else f"cuts its hint “{part.placeholderText()}”"
    return ""


def _outside(part: QWidget) -> str:
    """Whether it sticks out of its parent; below the fold of a scroll area is fine."""
    parent = part.parentWidget()
    if parent is None or part.isWindow():
        return ""
    holder = parent.parentWidget()
    scrolled = isinstance(holder, QAbstractScrollArea) and holder.viewport() is parent
    left, top = part.x(), part.y()
    right, bottom = left + part.width(), top + part.height()
    beside = left < -_ROUNDING_PX or right > parent.width() + _ROUNDING_PX
    below = top < -_ROUNDING_PX or bottom > parent.height() + _ROUNDING_PX
    if beside or (below and not scrolled):
        return f"sticks out: {left},{top} to {right},{bottom} in {parent.width()}x{parent.height()}"
    return ""


def _covered(part: QWidget, parts: list[QWidget]) -> str:
    """Whether a neighbour lies over a part that says something."""
    shown = part.geometry().adjusted(_ROUNDING_PX, _ROUNDING_PX, -_ROUNDING_PX, -_ROUNDING_PX)
    for other in parts:
        neighbour = other is not part and other.parentWidget() is part.parentWidget()
        if neighbour and not other.isWindow() and other.geometry().intersects(shown):
            return f"and “{_said(other) or other.accessibleName()}” lie over each other"
    return ""


def off_screen(window: QWidget) -> str:
    """Whether a dialog is larger than the window that it belongs to."""
    owner = window.parentWidget()
    if owner is None:
        return ""
    size, room = window.size(), owner.window().size()
    if size.width() <= room.width() and size.height() <= room.height():
        return ""
    return f"{size.width()}x{size.height()} before a window of {room.width()}x{room.height()}"
