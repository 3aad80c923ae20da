"""The window's heartbeat: one 33 ms timer that pulls the newest frame, and how late it was."""

from collections import deque
from time import perf_counter

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal

INTERVAL_MS = 33
_REMEMBERED = 3000  # beats; a minute and a half


class Pulse(QObject):
    """Emits `beat` about 30 times a second in the GUI thread and measures its own lateness."""

    beat = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._tick)
        self._late_ms: deque[float] = deque(maxlen=_REMEMBERED)
        self._last_s: float | None = None

    def start(self) -> None:
        self._last_s = None
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def lateness_ms(self, percentile: float = 95.0) -> float:
        """By how much a beat came later than 33 ms after the one before; 0.0 before two beats."""
        return float(np.percentile(self._late_ms, percentile)) if self._late_ms else 0.0

    def _tick(self) -> None:
        now_s = perf_counter()
        if self._last_s is not None:
            self._late_ms.append(max(0.0, (now_s - self._last_s) * 1000.0 - INTERVAL_MS))
        self._last_s = now_s
        self.beat.emit()
