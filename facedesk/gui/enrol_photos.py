"""The wizard's third step: photos from the camera, files and the clipboard, in any mix."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout

from facedesk.core.language import tr
from facedesk.core.records import CameraState
from facedesk.gui.bridge import Bridge
from facedesk.gui.enrol_steps import Step
from facedesk.gui.photo_tray import PhotoTray
from facedesk.gui.pulse import Pulse
from facedesk.gui.theme import Theme

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk


class PhotosStep(Step):
    """The tray; its camera is open where there is a live one."""

    def __init__(self, desk: "Desk", bridge: Bridge, pulse: Pulse, theme: Theme) -> None:
        super().__init__(tr("Photos"))
        self._desk = desk
        self._entered = False
        self.tray = PhotoTray(desk, bridge, pulse, theme, None)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.tray)
        self.tray.changed.connect(self.changed)

    def enter(self) -> None:
        if not self._entered:
            self._entered = True
            self.tray.camera_button.setChecked(self._desk.camera_state is CameraState.LIVE)

    @property
    def complete(self) -> bool:
        return bool(self.tray.usable) and not self.tray.waiting

    @property
    def words(self) -> str:
        return self.tray.summary or tr("Add at least one good photo; three to five are best.")
