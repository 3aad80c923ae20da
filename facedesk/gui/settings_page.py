"""The settings page, built from what `facedesk.settings` declares: nothing is listed twice."""

from dataclasses import fields
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.gui import dialogs
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Button, Card, Line, label
from facedesk.gui.forecast_card import ForecastCard
from facedesk.gui.login import needs
from facedesk.gui.setting_editors import ChoiceEditor, Editor, editor_for
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.settings import Declared, Settings, checked, declared

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk
    from facedesk.engine.jobs import Progress
    from facedesk.vision.cards import Task
    from facedesk.vision.devices import CameraInfo

_WIDEST_PX = 1064
_MODELS: tuple[tuple[str, "Task"], ...] = (
    ("detector", "detect"),
    ("embedder", "embed"),
    ("liveness_model", "liveness"),
)


class _Row(QWidget):
    """Label, help and error on the left, the control on the right."""

    def __init__(self, about: Declared, editor: Editor) -> None:
        super().__init__()
        self.editor = editor
        self.label = tr(about.label)
        self.problem = label("", "problem", wrap=True)
        self.problem.hide()
        caption = label(self.label, "fieldLabel")
        caption.setBuddy(editor)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(caption)
        words.addWidget(label(tr(about.help), "muted", wrap=True))
        words.addWidget(self.problem)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4 * SPACE_PX)
        row.addLayout(words, 1)
        row.addWidget(editor, 0, Qt.AlignmentFlag.AlignTop)

    def tell(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.editor.mark_wrong(bool(problem))


class SettingsPage(QWidget):
    """Edits a copy; Save puts it in force. `settings_applied` is told when it is."""

    settings_applied = Signal()

    def __init__(self, desk: "Desk", bridge: Bridge, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("page")
        self._desk = desk
        self._bridge = bridge
        self._theme = theme
        self._saving = False
        self.editors: dict[str, Editor] = {}
        self._rows: dict[str, _Row] = {}
        self.forecast = ForecastCard(desk, bridge, theme)
        self.defaults_button = Button(theme, tr("Restore defaults"), "quiet")
        self.revert_button = Button(theme, tr("Revert"))
        self.save_button = Button(theme, tr("Save"), "primary")
        self.state = Line("", "muted")
        self._lay_out()
        self.defaults_button.clicked.connect(lambda: self.show_settings(Settings()))
        self.revert_button.clicked.connect(self.revert)
        self.save_button.clicked.connect(self.save)
        keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Save), self)
        keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(self.save)
        self.revert()

    def _lay_out(self) -> None:
        body = QWidget()
        body.setObjectName("pageBody")
        self._column = column = QVBoxLayout(body)
        column.setSpacing(3 * SPACE_PX)
        column.addWidget(label(tr("Settings"), "pageTitle"))
        cards: dict[str, Card] = {}
        for name, default, about in declared():
            if about.section not in cards:
                cards[about.section] = card = Card()
                card.body.addWidget(label(tr(about.section), "sectionTitle"))
                column.addWidget(card)
            editor = editor_for(name, default, about, self._theme)
            editor.edited.connect(self._judge)
            self.editors[name] = editor
            self._rows[name] = _Row(about, editor)
            cards[about.section].body.addWidget(self._rows[name])
        place = column.indexOf(cards["Recognition"]) + 1
        column.insertWidget(place, self.forecast)
        column.addStretch(1)
        self.scroll_area = QScrollArea()
        self.scroll_area.setWidgetResizable(True)
        self.scroll_area.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll_area.setWidget(body)
        self.scroll_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        foot = QFrame()
        foot.setObjectName("strip")
        row = QHBoxLayout(foot)
        row.setContentsMargins(3 * SPACE_PX, SPACE_PX, 3 * SPACE_PX, SPACE_PX)
        row.setSpacing(SPACE_PX)
        row.addWidget(self.defaults_button)
        row.addWidget(self.state, 1)
        row.addWidget(self.revert_button)
        row.addWidget(self.save_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.scroll_area, 1)
        whole.addWidget(foot)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lines of text are not as long as a wide screen.

        By margins: a maximum width would not be asked when wrapped labels tell their height.
        """
        super().resizeEvent(event)
        edge = 3 * SPACE_PX
        self._column.setContentsMargins(edge, edge, max(edge, self.width() - _WIDEST_PX), edge)

    def showEvent(self, event: QShowEvent) -> None:
        """Cameras and models may have changed since the page was last seen."""
        super().showEvent(event)
        desk = self._desk

        def list_models(_progress: "Progress") -> list[list[str]]:
            return [desk.model_names(task) for _, task in _MODELS]

        def list_cameras(_progress: "Progress") -> "list[CameraInfo]":
            return desk.cameras()

        self._bridge.run(list_models, done=self._offer_models, failed=self._no_models)
        self._bridge.run(list_cameras, done=self._offer_cameras, failed=self._no_cameras)
        self.forecast.foresee(desk.settings)

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        editor = self.editors[name]
        assert isinstance(editor, ChoiceEditor)
        editor.offer([("", tr("Automatic")), *choices])

    def _offer_models(self, names: list[list[str]]) -> None:
        for (setting, _), models in zip(_MODELS, names, strict=True):
            self._offer(setting, [(model, model) for model in models])

    def _no_models(self, error: Exception) -> None:
        self._rows["embedder"].tell(tr("The models cannot be listed: {why}", why=_title(error)))

    def _offer_cameras(self, cameras: "list[CameraInfo]") -> None:
        self._offer("camera", [(camera.identity, camera.name) for camera in cameras])

    def _no_cameras(self, error: Exception) -> None:
        self._rows["camera"].tell(tr("The cameras cannot be listed: {why}", why=_title(error)))

    def show_settings(self, settings: Settings) -> None:
        """Put values into the controls; nothing is saved."""
        for entry in fields(settings):
            self.editors[entry.name].show_value(getattr(settings, entry.name))
        self._judge()

    def revert(self) -> None:
        self.show_settings(self._desk.settings)

    @property
    def changes(self) -> dict[str, Any]:
        """Names and values that differ from the settings in force."""
        now = self._desk.settings
        return {
            name: editor.value
            for name, editor in self.editors.items()
            if editor.value != getattr(now, name)
        }

    def _judge(self) -> bool:
        """Check every change on its own, say what is wrong beside it; True where all is well."""
        changes = self.changes
        problems = []
        for name, row in self._rows.items():
            problem = self._problem(name, changes[name]) if name in changes else ""
            row.tell(problem)
            if problem:
                problems.append(tr("{label}: {problem}", label=row.label, problem=problem))
        good = not problems
        if good and self.isVisible():
            self.forecast.foresee(checked(self._desk.settings, changes))
        self.save_button.setEnabled(bool(changes) and good and not self._saving)
        self.revert_button.setEnabled(bool(changes) and not self._saving)
        count = len(changes)
        if problems:
            self.state.say(problems[0])
        elif count:
            one, more = tr("1 change not saved"), tr("{count} changes not saved", count=count)
            self.state.say(one if count == 1 else more)
        else:
            self.state.say("")
        return good

    def _problem(self, name: str, value: object) -> str:
        try:
            checked(self._desk.settings, {name: value})
            if name == "zone" and value:
                ZoneInfo(str(value))
        except FaceDeskError as error:
            return error.message
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return tr("There is no time zone of this name, for example Europe/Berlin.")
        return ""

    @needs("settings")
    def save(self) -> None:
        """Apply in the jobs thread: a new camera session may take seconds to start."""
        if not self.save_button.isEnabled():
            return
        desk, settings = self._desk, checked(self._desk.settings, self.changes)

        def work(_progress: "Progress") -> None:
            desk.apply(settings)

        self._saving = True
        self._judge()
        self.state.say(tr("Saving"))
        self._bridge.run(work, done=self._saved, failed=self._not_saved)

    def _saved(self, _result: object) -> None:
        self._saving = False
        self.revert()
        self.state.say(tr("Saved"))
        self.settings_applied.emit()

    def _not_saved(self, error: Exception) -> None:
        self._saving = False
        self._judge()
        dialogs.show_error(self._theme, self, error)


def _title(error: Exception) -> str:
    return error.title if isinstance(error, FaceDeskError) else str(error)
