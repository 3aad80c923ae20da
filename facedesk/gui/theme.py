"""One palette, light and dark: colours, spacing and type from a handful of tokens.

Fusion is the base style, the tokens fill a QPalette and one style sheet. Text on its background
reaches WCAG AA (4.5:1); `tests/gui/test_theme.py` measures every pair.
"""

from dataclasses import dataclass
from string import Template

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

SPACE_PX = 8  # every distance in the window is a multiple of it
FAMILIES = ["Inter", "Segoe UI Variable", "Segoe UI", "SF Pro Text", "Noto Sans", "DejaVu Sans"]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Colours as '#rrggbb'. A pair `x` and `on_x` is a surface and the text on it."""

    dark: bool
    background: str
    surface: str
    raised: str  # fields, hovered rows
    border: str
    field_border: str  # 3:1 against the surface: the only thing that shows where a field is
    text: str
    muted: str
    accent: str
    on_accent: str
    accent_soft: str
    on_accent_soft: str
    arrive: str
    on_arrive: str
    leave: str
    on_leave: str
    calm: str
    on_calm: str
    warn: str
    on_warn: str
    danger: str
    on_danger: str
    danger_text: str
    good: str  # dots and marks, not text
    waits: str
    video: str
    on_video: str


LIGHT = Tokens(
    dark=False,
    background="#f4f6f9",
    surface="#ffffff",
    raised="#eef1f6",
    border="#e2e7ee",
    field_border="#7f8b9d",
    text="#131a24",
    muted="#556072",
    accent="#2954e0",
    on_accent="#ffffff",
    accent_soft="#e4ebfe",
    on_accent_soft="#1f43bd",
    arrive="#d9f4e5",
    on_arrive="#07603a",
    leave="#e5e7fd",
    on_leave="#3a35b8",
    calm="#e9edf3",
    on_calm="#3b4657",
    warn="#fdefcf",
    on_warn="#7a4a00",
    danger="#c0293b",
    on_danger="#ffffff",
    danger_text="#b32035",
    good="#14955c",
    waits="#c27a00",
    video="#0d1117",
    on_video="#f2f5f9",
)

DARK = Tokens(
    dark=True,
    background="#0e1218",
    surface="#171d26",
    raised="#212936",
    border="#2b3543",
    field_border="#6f7d92",
    text="#eef2f7",
    muted="#a4b0c1",
    accent="#8aa8ff",
    on_accent="#0b1538",
    accent_soft="#22305c",
    on_accent_soft="#c6d4ff",
    arrive="#12402b",
    on_arrive="#a5f0c9",
    leave="#2c2d63",
    on_leave="#cfd0ff",
    calm="#273140",
    on_calm="#d3dbe7",
    warn="#4a3708",
    on_warn="#ffdf94",
    danger="#ff8591",
    on_danger="#3a0810",
    danger_text="#ff9aa4",
    good="#3ecf8e",
    waits="#f0b44c",
    video="#080b10",
    on_video="#f2f5f9",
)

_SHEET = Template("""
QWidget { color: $text; font-size: 14px; }
QMainWindow, QDialog, #page, #pageBody { background: $background; }
QDialog { border: 1px solid $field_border; }
QLabel { background: transparent; }
QToolTip { background: $text; color: $surface; border: none; padding: 6px 8px; }
#card { background: $surface; border: 1px solid $border; border-radius: 16px; }
#pageTitle { font-size: 26px; font-weight: 600; }
#dialogTitle { font-size: 20px; font-weight: 600; }
#sectionTitle { font-size: 16px; font-weight: 600; }
#muted { color: $muted; }
#pinDisplay { background: $raised; border-radius: 10px; }
#fieldLabel { font-weight: 600; }
#problem { color: $danger_text; }
#rail { background: $surface; border-right: 1px solid $border; }
#rail QToolButton {
  border: 2px solid transparent; border-radius: 14px; color: $muted; padding: 8px 2px;
  font-size: 12px; font-weight: 600; background: transparent; }
#rail QToolButton:hover { background: $raised; color: $text; }
#rail QToolButton:checked { background: $accent_soft; color: $on_accent_soft; }
#rail QToolButton:focus { border-color: $accent; }
#strip { background: $surface; border-top: 1px solid $border; }
#strip QLabel { font-size: 13px; color: $muted; }
QPushButton#stripButton { border: 1px solid transparent; background: transparent; padding: 0 8px;
  min-height: 26px; font-size: 13px; }
QPushButton#stripButton:hover { background: $raised; }
QPushButton#stripButton:focus { border: 2px solid $accent; padding: 0 7px; }
#banner { background: $warn; border: none; border-radius: 12px; }
#banner QLabel { color: $on_warn; }
QPushButton#bannerClose { background: transparent; border-color: transparent; padding: 0; }
QPushButton#bannerClose:focus { border: 2px solid $on_warn; }
#offer { background: $surface; border: 1px solid $border; border-radius: 16px; }
#offerName { font-weight: 600; }
#faceChoice { background: $raised; border: 2px solid transparent; border-radius: 12px; }
#faceChoice:checked { border-color: $accent; background: $accent_soft; }
#faceChoice:focus { border-color: $text; }
QPushButton {
  background: $surface; border: 1px solid $field_border; border-radius: 10px;
  padding: 0 16px; min-height: 38px; font-weight: 600; }
QPushButton:hover { background: $raised; }
QPushButton:checked { background: $accent_soft; border-color: $accent; color: $on_accent_soft; }
QPushButton:pressed { background: $border; }
QPushButton:focus { border: 2px solid $accent; padding: 0 15px; }
QPushButton:disabled { color: $muted; border-color: $border; background: $raised; }
QPushButton#primary { background: $accent; color: $on_accent; border-color: $accent; }
QPushButton#primary:focus { border: 2px solid $text; }
QPushButton#primary:disabled { background: $raised; color: $muted; border-color: $border; }
QPushButton#danger { background: $danger; color: $on_danger; border-color: $danger; }
QPushButton#danger:focus { border: 2px solid $text; }
QPushButton#quiet { border-color: transparent; background: transparent; color: $on_accent_soft; }
QPushButton#quiet:hover { background: $accent_soft; }
QPushButton#quiet:focus { border: 2px solid $accent; }
QPushButton#quiet:checked { background: $accent_soft; }
QPushButton#tab { border-color: transparent; background: transparent; color: $on_accent_soft;
  padding: 0 10px; }
QPushButton#tab:hover, QPushButton#tab:checked { background: $accent_soft; }
QPushButton#tab:focus { border: 2px solid $accent; padding: 0 9px; }
QPushButton#quiet:disabled { color: $muted; }
QPushButton::menu-indicator { width: 0; }
QLineEdit, QPlainTextEdit, QSpinBox, QDoubleSpinBox, QComboBox, QDateEdit {
  background: $surface; border: 1px solid $field_border; border-radius: 10px; padding: 0 12px;
  min-height: 38px; selection-background-color: $accent; selection-color: $on_accent; }
QPlainTextEdit { padding: 8px; }
QLineEdit:focus, QPlainTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus,
QDateEdit:focus { border: 2px solid $accent; padding: 0 11px; }
QPlainTextEdit:focus { padding: 7px; }
QLineEdit[wrong="true"], QSpinBox[wrong="true"] { border: 2px solid $danger; }
QLineEdit:disabled, QLineEdit:read-only, QPlainTextEdit:disabled, QSpinBox:disabled,
QDoubleSpinBox:disabled, QComboBox:disabled, QDateEdit:disabled {
  background: $raised; border-color: $border; color: $muted; }
QSpinBox, QDoubleSpinBox { padding-right: 4px; }
QRadioButton { spacing: 10px; min-height: 30px; }
QRadioButton::indicator { width: 18px; height: 18px; border: 2px solid $field_border;
  border-radius: 11px; background: $surface; }
QRadioButton::indicator:checked { width: 10px; height: 10px; border: 6px solid $accent;
  background: $on_accent; }
QRadioButton::indicator:focus { border-color: $text; }
QRadioButton::indicator:disabled { border-color: $border; }
QSpinBox::up-button, QDoubleSpinBox::up-button, QSpinBox::down-button,
QDoubleSpinBox::down-button { width: 24px; border: none; background: transparent; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow, QSpinBox::down-arrow,
QDoubleSpinBox::down-arrow { image: none; width: 0; height: 0; }
QComboBox QLineEdit, QComboBox QLineEdit:focus { border: none; padding: 0; min-height: 0;
  background: transparent; }
QComboBox::drop-down, QDateEdit::drop-down { width: 30px; border: none; background: transparent; }
QComboBox::down-arrow, QDateEdit::down-arrow { image: none; width: 0; height: 0; }
QComboBox QAbstractItemView, QMenu, QListView#completions {
  background: $surface; border: 1px solid $border; padding: 4px; outline: 0;
  selection-background-color: $accent_soft; selection-color: $on_accent_soft; }
QComboBox QAbstractItemView::item { min-height: 32px; padding: 0 8px; border-radius: 6px; }
QMenu { padding: 6px; }
QMenu::item { padding: 8px 24px 8px 12px; border-radius: 6px; }
QMenu::item:selected { background: $accent_soft; color: $on_accent_soft; }
QTableView, QListView#recent {
  background: transparent; border: none; outline: 0; gridline-color: transparent;
  selection-background-color: $accent_soft; selection-color: $text; }
QListView#recent:focus { border: 2px solid $accent; border-radius: 8px; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section {
  background: transparent; color: $muted; border: none; border-bottom: 1px solid $border;
  padding: 10px 12px; font-size: 13px; font-weight: 600; }
QScrollArea, QScrollArea > QWidget > QWidget#pageBody { border: none; background: $background; }
QScrollArea#plain, #plainBody { border: none; background: transparent; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 2px; }
QScrollBar::handle { background: $border; border-radius: 4px; min-height: 32px; min-width: 32px; }
QScrollBar::handle:hover { background: $field_border; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QProgressBar { background: $raised; border: none; border-radius: 4px; max-height: 8px;
  min-height: 8px; }
QProgressBar::chunk { background: $accent; border-radius: 4px; }
#dropZone { background: $raised; border: 2px dashed $field_border; border-radius: 16px; }
#dropZone[over="true"] { border-color: $accent; background: $accent_soft; }
#photo { background: $surface; border: 1px solid $border; border-radius: 12px; }
QCalendarWidget QWidget { background: $surface; alternate-background-color: $surface; }
QCalendarWidget QAbstractItemView { background: $surface; outline: 0;
  selection-background-color: $accent; selection-color: $on_accent; }
QCalendarWidget QToolButton { background: $surface; border: none; padding: 6px; min-height: 24px; }
QCalendarWidget QAbstractItemView:disabled { color: $field_border; }
""")


class Theme(QObject):
    """The tokens in force. Widgets that paint themselves read `tokens` and repaint on `changed`."""

    changed = Signal()

    def __init__(self, application: QApplication, mode: str = "system") -> None:
        super().__init__(application)
        self._application = application
        self._mode = mode
        self.tokens = LIGHT
        application.setStyle("Fusion")
        font = QFont()
        font.setFamilies(FAMILIES)
        font.setPixelSize(14)
        application.setFont(font)
        application.styleHints().colorSchemeChanged.connect(self._follow_system)
        self.use(mode)

    def use(self, mode: str) -> None:
        """`mode` is 'light', 'dark' or 'system'."""
        self._mode = mode
        system_dark = self._application.styleHints().colorScheme() == Qt.ColorScheme.Dark
        self.tokens = DARK if mode == "dark" or (mode == "system" and system_dark) else LIGHT
        self._application.setPalette(palette_of(self.tokens))
        self._application.setStyleSheet(sheet_of(self.tokens))
        self.changed.emit()

    def _follow_system(self) -> None:
        if self._mode == "system":
            self.use("system")

    def colour(self, token: str) -> QColor:
        """The colour of a token by its name."""
        return QColor(getattr(self.tokens, token))


def sheet_of(tokens: Tokens) -> str:
    """The application's style sheet in these colours."""
    return _SHEET.substitute({name: getattr(tokens, name) for name in Tokens.__slots__})


def palette_of(tokens: Tokens) -> QPalette:
    """What Fusion draws itself (tooltips, selections, disabled text) in the same colours."""
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: tokens.background,
        QPalette.ColorRole.WindowText: tokens.text,
        QPalette.ColorRole.Base: tokens.surface,
        QPalette.ColorRole.AlternateBase: tokens.raised,
        QPalette.ColorRole.Text: tokens.text,
        QPalette.ColorRole.Button: tokens.surface,
        QPalette.ColorRole.ButtonText: tokens.text,
        QPalette.ColorRole.BrightText: tokens.danger,
        QPalette.ColorRole.Highlight: tokens.accent,
        QPalette.ColorRole.HighlightedText: tokens.on_accent,
        QPalette.ColorRole.Link: tokens.accent,
        QPalette.ColorRole.PlaceholderText: tokens.muted,
        QPalette.ColorRole.ToolTipBase: tokens.text,
        QPalette.ColorRole.ToolTipText: tokens.surface,
        QPalette.ColorRole.Mid: tokens.border,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.muted))
    return palette
