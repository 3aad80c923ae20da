"""What is wrong with a photo, in two words for a badge."""

from facedesk.core.language import tr
from facedesk.core.records import QualityReason


def reason_text(reason: QualityReason) -> str:
    """'Too small', for the person who enrols."""
    text = tr(reason.value)
    return text[:1].upper() + text[1:]
