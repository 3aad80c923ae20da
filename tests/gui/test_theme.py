from dataclasses import fields

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from facedesk.gui.portraits import _COLOURS
from facedesk.gui.theme import DARK, LIGHT, Theme, Tokens, sheet_of

AA_TEXT, AA_SHAPE = 4.5, 3.0
TEXT_PAIRS = [
    ("text", "background"), ("text", "surface"), ("text", "raised"), ("text", "accent_soft"),
    ("muted", "background"), ("muted", "surface"), ("muted", "raised"), ("muted", "accent_soft"),
    ("on_accent", "accent"), ("on_accent_soft", "accent_soft"), ("on_accent_soft", "background"),
    ("on_arrive", "arrive"), ("on_leave", "leave"), ("on_calm", "calm"), ("on_warn", "warn"),
    ("on_danger", "danger"), ("danger_text", "background"), ("danger_text", "surface"),
    ("on_video", "video"),
]  # fmt: skip
SHAPE_PAIRS = [
    ("field_border", "surface"), ("field_border", "background"), ("accent", "surface"),
    ("accent", "background"), ("good", "surface"), ("waits", "surface"), ("danger", "surface"),
]  # fmt: skip


def luminance(colour: str) -> float:
    """Source: WCAG 2.2, relative luminance."""
    red, green, blue = (QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF())
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
              for c in (red, green, blue)]  # fmt: skip
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_text_reaches_aa(tokens: Tokens, ink: str, ground: str) -> None:
    assert contrast(getattr(tokens, ink), getattr(tokens, ground)) >= AA_TEXT


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPE_PAIRS)
def test_borders_rings_and_dots_reach_aa(tokens: Tokens, shape: str, ground: str) -> None:
    assert contrast(getattr(tokens, shape), getattr(tokens, ground)) >= AA_SHAPE


@pytest.mark.parametrize("colour", _COLOURS)
def test_initials_are_readable(colour: str) -> None:
    assert contrast("#ffffff", colour) >= AA_TEXT


def test_every_token_is_a_colour() -> None:
    for tokens in (LIGHT, DARK):
        for entry in fields(Tokens):
            value = getattr(tokens, entry.name)
            assert isinstance(value, bool) or QColor(value).isValid(), entry.name
        assert "$" not in sheet_of(tokens)


def test_the_mode_changes_the_application_and_is_told(qapp: QApplication) -> None:
    theme = Theme(qapp, "light")
    told: list[bool] = []
    theme.changed.connect(lambda: told.append(theme.tokens.dark))
    theme.use("dark")
    assert told == [True]
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(DARK.background)
    theme.use("light")
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(LIGHT.background)
