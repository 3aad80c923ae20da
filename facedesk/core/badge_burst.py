"""Telling a badge reader, which types like a keyboard, from a person who types.

A reader sends a whole code within a few milliseconds a key and ends with Enter or Tab. Nobody types
four keys that fast.
"""

from facedesk.core.credentials import SHORTEST_BADGE

LONGEST_GAP_MS = 60.0  # slow wireless readers need 30, the fastest typists 80


class BadgeBurst:
    """Is told each key with its time in milliseconds (monotonic)."""

    def __init__(self) -> None:
        self._text = ""
        self._last_ms = 0.0

    def key(self, text: str, at_ms: float) -> None:
        """A printable key was pressed."""
        if at_ms - self._last_ms > LONGEST_GAP_MS:
            self._text = ""
        self._text += text
        self._last_ms = at_ms

    def end(self, at_ms: float) -> str:
        """Enter or Tab was pressed: the code of a badge, or '' when a person typed."""
        in_time = at_ms - self._last_ms <= LONGEST_GAP_MS
        text, self._text = self._text, ""
        return text if in_time and len(text) >= SHORTEST_BADGE else ""
