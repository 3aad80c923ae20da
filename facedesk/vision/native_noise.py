"""MediaPipe's native code chats on stderr, past Python: drop the chatter, keep what is an error."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2
# Google's log lines start with level, month and day: I1124 ..., W0000 ...; TensorFlow Lite's with
# a word. Levels E and F, and whatever else was written meanwhile, pass.
_CHATTER = re.compile(rb"[IW]\d{4} |INFO: |WARNING: (Logging before|All log messages before)")


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Hold back what is written to the process's stderr, then let through all but known chatter.

    For the short times in which a MediaPipe task is made, warmed up and closed, and not for each
    picture: a crash meanwhile would go unseen. Lines that other threads write in that time are
    delayed, not lost. Without a stderr (a windowed program) it does nothing.
    """
    try:
        kept = os.dup(_STDERR)
    except OSError:
        yield
        return
    with tempfile.TemporaryFile() as held:
        try:
            os.dup2(held.fileno(), _STDERR)
            yield
        finally:
            os.dup2(kept, _STDERR)
            os.close(kept)
            held.seek(0)
            lines = [line for line in held if not _CHATTER.match(line)]
            if lines:
                os.write(_STDERR, b"".join(lines))
