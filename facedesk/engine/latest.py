"""A one-place box between threads: the newest item wins, nothing queues.

`queue.Queue(maxsize=1)` with `put_nowait` would keep the OLDEST item; this box overwrites, so that
what is taken is always the newest there is.
"""

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """Many may `put` and `peek`; one consumer may `take`."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: T | None = None
        self._fresh = False
        self._closed = False

    def put(self, item: T) -> None:
        """Replace what is in the box. Never blocks."""
        with self._changed:
            if self._closed:
                return
            self._item, self._fresh = item, True
            self._changed.notify_all()

    def peek(self) -> T | None:
        """The newest item, taken or not; None before the first. Never blocks."""
        return self._item

    def take(self, timeout_s: float) -> T | None:
        """Wait for an item that was not taken yet; None after `timeout_s` or when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._fresh or self._closed, timeout_s)
            if not self._fresh:
                return None
            self._fresh = False
            return self._item

    def clear(self) -> None:
        """Empty the box: an old picture must not look like a live one."""
        with self._changed:
            self._item, self._fresh = None, False

    def close(self) -> None:
        """Wake everybody up; later items are dropped."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
