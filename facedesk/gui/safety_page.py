"""Who may do what here, what is kept how long, and who did what."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from facedesk.core.language import tr
from facedesk.gui.accounts_card import AccountsCard
from facedesk.gui.audit_card import AuditCard
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import label
from facedesk.gui.portraits import Portraits
from facedesk.gui.privacy_card import PrivacyCard
from facedesk.gui.refusals_card import RefusalsCard
from facedesk.gui.theme import SPACE_PX, Theme

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk

_WIDEST_PX = 1064


class SafetyPage(QWidget):
    """An admin sees what is due; accounts and the audit log are shown to an owner only."""

    people_changed = Signal()  # somebody was erased
    access_changed = Signal()

    def __init__(self, desk: "Desk", bridge: Bridge, theme: Theme, portraits: Portraits) -> None:
        super().__init__()
        self.setObjectName("page")
        self._desk = desk
        self.accounts = AccountsCard(desk, theme)
        self.privacy = PrivacyCard(desk, bridge, theme, self.people_changed)
        self.audit = AuditCard(desk, bridge, theme, portraits)
        self.refusals = RefusalsCard(desk, theme, portraits)
        self.accounts.changed.connect(self.access_changed)
        self.accounts.changed.connect(self.audit.refresh)
        body = QWidget()
        body.setObjectName("pageBody")
        self._column = QVBoxLayout(body)
        self._column.setSpacing(3 * SPACE_PX)
        self._column.addWidget(label(tr("Safety"), "pageTitle"))
        for card in (self.accounts, self.privacy, self.refusals, self.audit):
            self._column.addWidget(card)
        self._column.addStretch(1)
        self.scroll_area = QScrollArea()
        self.scroll_area.setWidgetResizable(True)
        self.scroll_area.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll_area.setWidget(body)
        self.scroll_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.scroll_area)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As the settings page: no wider than is pleasant to read."""
        super().resizeEvent(event)
        edge = 3 * SPACE_PX
        self._column.setContentsMargins(edge, edge, max(edge, self.width() - _WIDEST_PX), edge)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Read everything that whoever works here may see."""
        owner = self._desk.access.allows("audit")
        self.accounts.setVisible(owner)
        self.audit.setVisible(owner)
        self.privacy.refresh()
        self.refusals.refresh()
        if owner:
            self.accounts.refresh()
            self.audit.refresh()
