"""What is wrong with a photo, and which photo would be better."""

from facedesk.core.language import tr
from facedesk.core.records import QualityReason


def reason_text(reason: QualityReason) -> str:
    """'Too small', for the person who enrols."""
    text = tr(reason.value)
    return text[:1].upper() + text[1:]


def better_photo_text(reason: QualityReason) -> str:
    """What photo to take instead."""
    return {
        QualityReason.TOO_SMALL: tr("Use a photo in which the face is larger."),
        QualityReason.BLURRED: tr("Use a sharper photo."),
        QualityReason.TOO_DARK: tr("Use a brighter photo."),
        QualityReason.TOO_BRIGHT: tr("Use a photo in softer light."),
        QualityReason.TURNED_AWAY: tr("Use a photo from the front."),
        QualityReason.CUT_OFF: tr("Use a photo that shows the whole face."),
        QualityReason.UNCLEAR: tr("Use a photo from the front, with nothing before the face."),
        QualityReason.DRAWN: tr("Use a photograph, not a drawing or a painting."),
        QualityReason.LIFELESS: tr("The person must be there, not a picture."),
    }[reason]
