"""One photo on its way into the gallery: what was found on it, shown BEFORE anything is saved."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QIcon, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from facedesk.core.agreement import Fit
from facedesk.core.errors import FaceDeskError
from facedesk.core.guided_capture import View
from facedesk.core.language import tr
from facedesk.core.records import Sample
from facedesk.gui.bridge import Bridge, Task
from facedesk.gui.controls import Button, Line, chip_size, label, paint_chip
from facedesk.gui.hints import better_photo_text, reason_text
from facedesk.gui.icons import pixmap_of
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.gui.wording import local_day, short_day_text

if TYPE_CHECKING:
    from facedesk.engine.enrolment import Enrolment, Examined, ExaminedFace, SampleDraft, Similar
    from facedesk.engine.jobs import Progress

_THUMB_PX = 80
_SHORTEST_BADGE_PX = 60


class Badge(QWidget):
    """A coloured word that a screen reader reads too."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._tokens = ("calm", "on_calm")
        self.text = ""
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def say(self, text: str, tokens: tuple[str, str]) -> None:
        self.text, self._tokens = text, tokens
        self.setAccessibleName(text)
        self.setToolTip(text)  # several reasons may not fit
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return chip_size(self.text, self._font())

    def minimumSizeHint(self) -> QSize:
        return QSize(_SHORTEST_BADGE_PX, self.sizeHint().height())

    def paintEvent(self, _event: object) -> None:
        fill, ink = (self._theme.colour(token) for token in self._tokens)
        text, over_px = self.text, self.sizeHint().width() - self.width()
        if over_px > 0:
            metrics = QFontMetricsF(self._font())
            room = metrics.horizontalAdvance(text) - over_px
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        paint_chip(QPainter(self), QPointF(0, 0), text, fill, ink, self._font())

    def _font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(13)
        font.setWeight(QFont.Weight.DemiBold)
        return font


class Thumb(QLabel):
    """A small rounded picture; an icon where there is none."""

    def __init__(self, theme: Theme, size_px: int = _THUMB_PX) -> None:
        super().__init__()
        self._theme = theme
        self._size_px = size_px
        self.setFixedSize(size_px, size_px)
        self.show_jpeg(b"")

    def show_jpeg(self, jpeg: bytes) -> None:
        self.setPixmap(rounded(jpeg, self._size_px, self._theme))


def rounded(jpeg: bytes, size_px: int, theme: Theme) -> QPixmap:
    """The picture with rounded corners, twice as fine as its logical size."""
    picture = QPixmap()
    drawn = QPixmap(QSize(size_px * 2, size_px * 2))
    drawn.setDevicePixelRatio(2)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    place = QRectF(0, 0, size_px, size_px)
    clip = QPainterPath()
    clip.addRoundedRect(place, 10, 10)
    painter.setClipPath(clip)
    if jpeg and picture.loadFromData(jpeg):
        painter.drawPixmap(place, picture, QRectF(picture.rect()))
    else:
        painter.fillRect(place, theme.colour("raised"))
        icon = pixmap_of("photo", theme.colour("muted"), size_px // 2)
        painter.drawPixmap(QPointF(size_px / 4, size_px / 4), icon)
    painter.end()
    return drawn


class _CardFrame(QFrame):
    """Picture, name, badge, a line of explanation and a button to take it away."""

    removed = Signal()

    def __init__(self, theme: Theme, name: str, take_away: str) -> None:
        super().__init__()
        self.setObjectName("photo")
        self._theme = theme
        self.thumb = Thumb(theme)
        self.badge = Badge(theme)
        self.words = label("", "muted", wrap=True)
        self.remove_button = Button(theme, "", "quiet", "bin", name=take_away)
        self.remove_button.setFixedWidth(44)
        self.remove_button.clicked.connect(self.removed)
        title = Line(name, "fieldLabel")
        self.text = QVBoxLayout()
        self.text.setSpacing(SPACE_PX // 2)
        self.text.addWidget(title)
        self.text.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignLeft)
        self.text.addWidget(self.words)
        self.text.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 12, SPACE_PX, 12)
        row.setSpacing(2 * SPACE_PX)
        row.addWidget(self.thumb, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self.text, 1)
        row.addWidget(self.remove_button, 0, Qt.AlignmentFlag.AlignTop)
        self.setAccessibleName(name)

    def _say(self, badge: str, token: str, words: str) -> None:
        self.badge.say(badge, (token, f"on_{token}"))
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self.setAccessibleDescription(f"{badge}. {words}")


class SampleCard(_CardFrame):
    """A sample that is already stored: picture, source, day, and how well it fits the others. Its
    number tells it from others of the same source.
    """

    def __init__(self, theme: Theme, sample: Sample, zone: str, number: int) -> None:
        name = f"{number}. {_source_text(sample.source)}"
        super().__init__(theme, name, tr("Remove this photo"))
        self.sample_id = sample.id
        self.contract = sample.contract
        self.vector = sample.vector
        self.thumb.show_jpeg(sample.crop_jpeg)
        utc = sample.created_utc
        self._day = short_day_text(local_day(utc, zone)) if utc is not None else ""
        self._say(tr("Saved"), "arrive", self._day)

    def show_fit(self, fit: Fit, like: str) -> None:
        """`like` names the photo that is most like this one; '' where there is no other."""
        if not like:
            self._say(tr("Saved"), "arrive", self._with_day(tr("The only photo.")))
        elif fit.agrees:
            self._say(tr("Saved"), "arrive", self._with_day(_fits_text(fit, like)))
        else:
            unlike = tr("Similarity {score:.2f}. Is this the same person?", score=fit.nearest)
            self._say(tr("Unlike the other photos"), "warn", self._with_day(unlike))

    def show_outdated(self) -> None:
        """Made by another model, so that the kiosk cannot use it."""
        old = tr("Made for another face model, and not used. A new photo is needed.")
        self._say(tr("Not used"), "warn", self._with_day(old))

    def _with_day(self, words: str) -> str:
        return f"{self._day}. {words}" if self._day else words


class PhotoCard(_CardFrame):
    """A photo being examined. `judged` is told when its state changed."""

    judged = Signal()

    def __init__(self, theme: Theme, name: str, own_id: int | None) -> None:
        super().__init__(theme, name, tr("Do not use this photo"))
        self._own_id = own_id  # the person being edited is no duplicate of itself
        self.examined: Examined | None = None
        self.view: View | None = None  # which view of the guided camera this photo fills
        self._fit: Fit | None = None
        self._like = ""
        self._chosen: int | None = None
        self._task: Task | None = None
        self._choices: QWidget | None = None
        self.badge.say(tr("Looking at the photo"), ("calm", "on_calm"))

    def examine(self, bridge: Bridge, work: "Callable[[Progress], Examined]") -> None:
        """Run `work` in the jobs thread and show what it found."""
        self._task = bridge.run(work, done=self._found, failed=self._not_found)

    def stop(self) -> None:
        """The card goes away: the rest of its job is not wanted."""
        if self._task is not None:
            self._task.cancel()

    @property
    def waiting(self) -> bool:
        return self._task is not None

    @property
    def face(self) -> "ExaminedFace | None":
        """The face that would be saved, good or not."""
        if self.examined is None or self._chosen is None:
            return None
        return self.examined.faces[self._chosen]

    @property
    def good(self) -> bool:
        return self.face is not None and self.face.quality.good

    @property
    def usable(self) -> bool:
        return self.good and not (self._fit is not None and self._fit.repeats)

    @property
    def unlike(self) -> bool:
        """Whether the photo does not look like the person's others."""
        return self._fit is not None and not self._fit.agrees

    @property
    def from_camera(self) -> bool:
        return self.examined is not None and self.examined.source == "camera"

    def show_fit(self, fit: Fit, like: str) -> None:
        """How the photo stands to the person's others; `like` as in `SampleCard`."""
        if (fit, like) != (self._fit, self._like):
            self._fit, self._like = fit, like
            self._show()

    @property
    def look_alike(self) -> "Similar | None":
        """Another enrolled person who looks the same."""
        face = self.face
        if face is None or face.similar is None or face.similar.person_id == self._own_id:
            return None
        return face.similar

    def draft(self, enrolment: "Enrolment") -> "SampleDraft":
        """Called in the jobs thread; the engine refuses again what is not good enough."""
        assert self.examined is not None
        return enrolment.draft(self.examined, self._chosen)

    def show_examined(self, examined: "Examined", chosen: int | None) -> None:
        """A photo that was examined elsewhere, and its face that is meant."""
        self.examined, self._chosen = examined, chosen
        self._show()
        self.judged.emit()

    def _found(self, examined: "Examined") -> None:
        self._task = None
        if len(examined.faces) > 1:
            self._offer_choice(examined)
        self.show_examined(examined, 0 if len(examined.faces) == 1 else None)

    def _not_found(self, error: Exception) -> None:
        self._task = None
        if isinstance(error, FaceDeskError):
            self._say(error.title, "warn", " ".join(filter(None, (error.message, error.hint))))
        else:
            self._say(tr("Cannot be used"), "warn", f"{type(error).__name__}: {error}")
        self.judged.emit()

    def _offer_choice(self, examined: "Examined") -> None:
        self._choices = QWidget()
        row = QHBoxLayout(self._choices)
        row.setContentsMargins(0, SPACE_PX // 2, 0, 0)
        row.setSpacing(SPACE_PX)
        group = QButtonGroup(self._choices)
        for number, face in enumerate(examined.faces):
            made = QToolButton()
            made.setObjectName("faceChoice")
            made.setCheckable(True)
            made.setIcon(QIcon(rounded(face.crop_jpeg, 48, self._theme)))
            made.setIconSize(QSize(48, 48))
            made.setAccessibleName(tr("Use face {number}", number=number + 1))
            group.addButton(made, number)
            row.addWidget(made)
        row.addStretch(1)
        group.idClicked.connect(self._choose)
        self.text.insertWidget(self.text.count() - 1, self._choices)

    def _choose(self, number: int) -> None:
        self._chosen, self._fit = number, None
        self._show()
        self.judged.emit()

    def _show(self) -> None:
        assert self.examined is not None
        face = self.face
        if not self.examined.faces:
            hint = tr("Use a photo that shows the face from the front, large and well lit.")
            self._say(tr("No face found"), "warn", hint)
        elif face is None:
            count = len(self.examined.faces)
            self._say(
                tr("{count} faces", count=count), "warn", tr("Choose the face of this person.")
            )
        elif not face.quality.good:
            reasons = ", ".join(reason_text(reason) for reason in face.quality.reasons)
            self._say(
                reasons,
                "warn",
                tr("Not saved. {advice}", advice=better_photo_text(face.quality.reasons[0])),
            )
        elif not self.usable:
            words = tr("Not saved. Another photo shows the same moment; it would add nothing.")
            self._say(tr("Nearly the same photo"), "warn", words)
        elif self.unlike:
            assert self._fit is not None
            words = tr(
                "Similarity to the others {score:.2f}. Make sure that this is the same person.",
                score=self._fit.nearest,
            )
            self._say(tr("Unlike the other photos"), "warn", words)
        elif (other := self.look_alike) is not None:
            words = tr(
                "Already enrolled? Similarity {score:.2f}. Make sure that this is another person.",
                score=other.score,
            )
            self._say(tr("Looks like {name}", name=other.name), "warn", words)
        else:
            fits = _fits_text(self._fit, self._like) if self._fit and self._like else ""
            self._say(tr("Good photo"), "arrive", fits)
        if face is not None:
            self.thumb.show_jpeg(face.crop_jpeg)


def _fits_text(fit: Fit, like: str) -> str:
    return tr("Fits the others: {score:.2f}, most of all {name}.", score=fit.nearest, name=like)


def _source_text(source: str) -> str:
    if source.startswith("file:"):
        return source.removeprefix("file:")
    return tr("From the camera") if source == "camera" else source
