"""PIN and badge at the kiosk, for `tests.gui.shots`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtTest import QTest

from facedesk.core.records import CameraState

if TYPE_CHECKING:
    from tests.gui.shots import Studio


def pin(studio: Studio) -> None:
    desk, panel = studio.desk, studio.window.kiosk.ways.panel
    desk.credentials.set_pin(studio.people[0].id, "5928")
    studio.window.kiosk.people_changed()
    studio.camera(CameraState.LIVE, message="")
    desk.show(studio.picture)
    studio.snap("pin-offered")
    studio.window.kiosk.ways.button.click()
    studio.snap("pin-number")
    QTest.keyClicks(panel, "1000")
    panel.next_button.click()
    QTest.keyClicks(panel, "444")
    studio.snap("pin-pin")
    QTest.keyClicks(panel, "4")
    panel.next_button.click()
    studio.settle(400)
    studio.snap("pin-wrong")
    panel.close_panel()
    desk.credentials.set_pin(desk.add_person("Noor", staff_number="KL-17").id, "5928")
    studio.window.kiosk.ways.button.click()
    studio.snap("pin-letters")
    panel.close_panel()
    desk.fallback.try_badge("99999999", "reader")
    studio.snap("pin-strange-badge")


PARTS: dict[str, Callable[[Studio], None]] = {"pin": pin}
