"""The kiosk: live picture, a large greeting, the clock and the last check-ins."""

import logging
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from facedesk.core.attendance import day_bounds, working_day
from facedesk.core.challenge import Prompt
from facedesk.core.errors import CameraTrouble, FaceDeskError
from facedesk.core.facts import CameraChanged, Fact, PunchCancelled, PunchRecorded
from facedesk.core.language import tr
from facedesk.core.records import CameraState, DecisionKind, Seen, SeenFace
from facedesk.core.voting import advice
from facedesk.gui.bridge import Bridge
from facedesk.gui.challenge_view import ChallengeView
from facedesk.gui.controls import Button, Card, Line, label
from facedesk.gui.greeting import Greeter, Greeting, GreetingKind, greeting_of
from facedesk.gui.greeting_card import GreetingCard
from facedesk.gui.offering import Offering
from facedesk.gui.other_ways import OtherWays
from facedesk.gui.portraits import Portraits
from facedesk.gui.privacy_notice import PrivacyNotice
from facedesk.gui.pulse import Pulse
from facedesk.gui.recent_list import MOST_RECENT, Recent, RecentList
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.gui.video_view import Notice, VideoView, notice_of
from facedesk.gui.wording import clock_text, day_text, local_day

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk

log = logging.getLogger(__name__)

_MARGIN_PX = 3 * SPACE_PX
_ROOMY = 0.9  # a smaller kiosk gives the keypad the clock's place


class KioskPage(QWidget):
    """Pulls the newest frame on every beat; hears facts through the bridge."""

    def __init__(
        self,
        desk: "Desk",
        bridge: Bridge,
        pulse: Pulse,
        theme: Theme,
        portraits: Portraits,
    ) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Kiosk"))
        self._desk = desk
        self._today: date | None = None
        self._nobody_enrolled = False
        self._greeter = Greeter()
        self.video = VideoView(theme, desk.clock.monotonic_s)
        self.challenge = ChallengeView(theme, desk.clock.monotonic_s, self.video)
        self.challenge.other.clicked.connect(desk.swap_move)
        self.card = GreetingCard(theme, portraits)
        self.offering = Offering(desk, theme, portraits, self.video, self._say_failed)
        self.organisation = Line("", "muted")
        self.clock = label("")
        self.clock.setAccessibleName(tr("Time"))
        self.day = Line("", "muted")
        self.recent = RecentList(theme, portraits, desk.zone)
        self.recent_title = label(tr("Last check-ins"), "sectionTitle")
        self.nobody = label(tr("Nobody has checked in yet today."), "muted", wrap=True)
        self.privacy = PrivacyNotice(theme, lambda: tr(desk.settings.privacy_notice))
        self.demonstrate = Button(theme, tr("Show a demonstration"))
        self.demonstrate.setToolTip(tr("A made video of two people, in a data folder of its own."))
        self.demonstrate.hide()
        self.ways = OtherWays(desk, theme, self)
        self._lay_out()
        self._minute = QTimer(self)
        self._minute.setInterval(1000)
        self._minute.timeout.connect(self._tell_time)
        self._minute.start()
        self.ways.opened.connect(self._make_room)
        self.ways.closed.connect(self._take_room_back)
        pulse.beat.connect(self.beat)
        bridge.fact_told.connect(self.hear)
        self.settings_changed()

    def _lay_out(self) -> None:
        self._left = left = QVBoxLayout()
        left.setSpacing(2 * SPACE_PX)
        left.addWidget(self.video, 1)
        left.addWidget(self.card)
        self._side = QWidget()
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(0)
        side.addWidget(self.organisation)
        side.addWidget(self.clock)
        side.addWidget(self.day)
        side.addSpacing(2 * SPACE_PX)
        card = Card(padding=2)
        card.body.setSpacing(SPACE_PX)
        card.body.addWidget(self.recent_title)
        card.body.addWidget(self.nobody)
        card.body.addWidget(self.demonstrate)
        card.body.addWidget(self.recent, 1)
        card.body.addStretch(0)  # takes the room while the list is hidden
        self._list_card = card
        side.addWidget(card, 1)
        side.addWidget(self.ways.panel, 1)
        side.addSpacing(SPACE_PX)
        side.addWidget(self.ways.button)
        side.addWidget(self.privacy)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(_MARGIN_PX, _MARGIN_PX, _MARGIN_PX, _MARGIN_PX)
        whole.setSpacing(_MARGIN_PX)
        whole.addLayout(left, 1)
        whole.addWidget(self._side)

    def settings_changed(self) -> None:
        """Take over organisation, mirroring and zone, and read today's list again."""
        settings = self._desk.settings
        self.organisation.say(settings.organisation)
        self.organisation.setVisible(bool(settings.organisation))
        self.video.mirrored = self.challenge.mirrored = settings.mirror
        self.video.update()
        self.recent.rows.zone = self._desk.zone
        self._today = None
        self._tell_time()

    def people_changed(self) -> None:
        """Somebody was renamed or erased: the list must not remember them."""
        self._today = None
        self._look_for_people()
        self._tell_time()

    def _look_for_people(self) -> None:
        # A store in trouble is told where something is to be saved, not each second by the clock.
        with suppress(FaceDeskError):
            self._nobody_enrolled = self._desk.people.count() == 0

    def hear(self, fact: Fact) -> None:
        """A fact, in the GUI thread."""
        if isinstance(fact, CameraChanged):
            self.video.show_notice(notice_of(fact, self._now_s()))
            self._look_for_people()
            # Offered to newcomers only: no camera, and nobody who could be waiting to check in.
            self.demonstrate.setVisible(
                fact.state is CameraState.LOST
                and fact.trouble is CameraTrouble.UNPLUGGED
                and self._nobody_enrolled
            )
        self.ways.hear(fact)
        self.offering.hear(fact)
        greeting = greeting_of(fact, self._desk.zone, pin=self.ways.offered)
        if greeting is not None:
            self._greeter.offer(greeting, self._now_s())
        if isinstance(fact, PunchRecorded):
            punch = fact.punch
            self.recent.rows.push(
                Recent(fact.person.id, fact.person.name, punch.direction, punch.utc)
            )
            self._show_list()
        elif isinstance(fact, PunchCancelled):
            self._read_list()
        self.beat()

    def _say_failed(self, error: FaceDeskError) -> None:
        """What somebody pressed could not be done."""
        self._greeter.offer(
            Greeting(GreetingKind.FAILED, "", error.title, error.hint or error.message),
            self._now_s(),
        )

    def _make_room(self) -> None:
        """For the keypad: the list goes, on a small kiosk the clock as well."""
        self._list_card.hide()
        if self.card.scale < _ROOMY:
            self._show_time(False)

    def _take_room_back(self) -> None:
        self._list_card.show()
        self._show_time(True)
        self.setFocus()

    def _show_time(self, shown: bool) -> None:
        self.clock.setVisible(shown)
        self.day.setVisible(shown)
        self.organisation.setVisible(shown and bool(self.organisation.said))

    def beat(self) -> None:
        """Show the newest of everything; called about 30 times a second."""
        if not self.isVisible():
            return
        seen = self._desk.seen.peek()
        notice = self.video.notice
        if notice is not None and notice.retry_at_s:
            at_s = self._desk.retry_at_s or notice.retry_at_s
            self.video.show_notice(replace(notice, retry_at_s=at_s))
        self.video.show_frame(self._desk.frames.peek(), seen)
        self.challenge.show_prompt(seen.challenge if seen and self._is_fresh(seen) else None)
        self._share_height()
        self.card.show_greeting(self._greeter.current(self._now_s()))
        self._show_idle(seen)
        asking = self.challenge.isVisible()
        self.offering.beat(self.card.scale, self.challenge.height() + SPACE_PX if asking else 0)

    def _is_fresh(self, seen: Seen) -> bool:
        return (self._desk.clock.utc() - seen.utc).total_seconds() < 1.0

    def _now_s(self) -> float:
        return self._desk.clock.monotonic_s()

    def _show_idle(self, seen: Seen | None) -> None:
        notice: Notice | None = self.video.notice
        if notice is not None and notice.opening:
            self.card.show_idle(tr("One moment, please"), tr("The camera is starting."))
            return
        if notice is not None:
            self.card.show_idle(self.ways.advice, tr("This kiosk cannot see you right now."))
            return
        if (reading := self._desk.succession.progress) is not None:
            words = tr(
                "A new face model is reading everybody's photos: {done:,} of {total:,}.",
                done=reading[0], total=reading[1],
            )  # fmt: skip
            self.card.show_idle(tr("One moment, please"), words)
            return
        hint = (
            tr("Nobody is enrolled yet: add the first person under “People”.")
            if self._nobody_enrolled
            else tr("Look at the camera to check in")
        )
        title = tr("Welcome")
        if seen is not None and self._is_fresh(seen) and seen.faces:
            nearest = max(seen.faces, key=lambda face: face.track.face.area_px)
            title, hint = self._words_for(nearest, seen.challenge) or (title, hint)
        self.card.show_idle(title, hint)

    def _words_for(self, face: SeenFace, challenge: Prompt | None) -> tuple[str, str] | None:
        """Title and hint for the nearest face; None where it is asked for nothing."""
        decision = face.decision
        match decision.kind:
            case DecisionKind.REFUSED:
                better = advice(face.quality) if face.quality is not None else ""
                refused = (tr("Not checked in"), f"{decision.reason} {self.ways.advice}.")
                return (tr("Welcome"), better) if better else refused
            case DecisionKind.UNDECIDED if challenge is not None:
                other = tr("Please do as the picture shows, or use your PIN")
                shown = tr("Please do as the picture shows")
                return tr("Nearly there"), other if self.ways.offered else shown
            case DecisionKind.UNDECIDED:
                return tr("Welcome"), tr("One moment, please")
            case DecisionKind.PIN_NEEDED:
                return tr("Welcome"), self.ways.advice
            case DecisionKind.KNOWN:
                asked = self.offering.asks(decision.person_id)
                words = tr("What is it to be?") if asked else tr("You have been recognised")
                return face.name, words
        return None

    def _tell_time(self) -> None:
        utc, zone = self._desk.clock.utc(), self._desk.zone
        self.clock.setText(clock_text(utc, zone))
        self.ways.refresh()
        if self._nobody_enrolled:  # the command line enrols too
            self._look_for_people()
        self.day.say(day_text(local_day(utc, zone)))
        # The list belongs to the working day: a night shift does not lose its list at midnight.
        today = working_day(utc, zone, self._desk.settings.day_starts_hour)
        if today != self._today:
            self._today = today
            self._read_list()
        self.offering.settle()

    def _read_list(self) -> None:
        """Fill the list from the database; after that, facts keep it current."""
        assert self._today is not None
        start, end = day_bounds(self._today, self._desk.zone, self._desk.settings.day_starts_hour)
        try:
            rows = self._desk.punches.log(start, end, limit=MOST_RECENT, newest_first=True)
        except FaceDeskError as error:
            log.error("the kiosk cannot read today's punches: %s", error.title)
            return
        self.recent.rows.fill(
            [
                Recent(row.punch.person_id, row.name, row.punch.direction, row.punch.utc)
                for row in rows
            ]
        )
        self._show_list()

    def _show_list(self) -> None:
        empty = not self.recent.rows.rows
        self.nobody.setVisible(empty)
        self.recent.setVisible(not empty)

    def _share_height(self) -> None:
        """The picture gets what its shape can use, the greeting all the rest."""
        spacing = self._left.spacing()
        height = self._left.geometry().height() - spacing
        least = round(168 * self.card.scale)
        wanted = round(self._left.geometry().width() / self.video.aspect)
        self.card.setFixedHeight(max(least, min(height - wanted, round(least * 1.7))))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Type grows with the window, so that it is read from two metres on any screen."""
        super().resizeEvent(event)
        scale = min(1.9, max(0.72, min(self.width() / 1184, self.height() / 760)))
        margin = round(_MARGIN_PX * min(scale, 1.25))
        layout = self.layout()
        assert layout is not None
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(margin)
        self._side.setFixedWidth(round(316 * scale))
        self.card.use_scale(scale)
        layout.activate()  # the shares follow at once, not with the next beat
        self._share_height()
        self.recent.use_scale(scale)
        self.ways.use_scale(scale)
        for widget, size_px, weight in (
            (self.organisation, 20, 600),
            (self.clock, 84, 700),
            (self.day, 20, 400),
            (self.recent_title, 17, 600),
            (self.nobody, 15, 400),
        ):
            widget.setStyleSheet(f"font-size: {round(size_px * scale)}px; font-weight: {weight};")
