from pytestqt.qtbot import QtBot

from facedesk.gui.pulse import Pulse


def test_beats_and_measures_its_lateness(qtbot: QtBot) -> None:
    pulse = Pulse()
    assert pulse.lateness_ms() == 0.0
    beats: list[int] = []
    pulse.beat.connect(lambda: beats.append(1))
    pulse.start()
    qtbot.waitUntil(lambda: len(beats) >= 4)
    pulse.stop()
    assert 0.0 <= pulse.lateness_ms(50.0) <= pulse.lateness_ms(95.0)


def test_a_stopped_pulse_does_not_count_the_pause(qtbot: QtBot) -> None:
    pulse = Pulse()
    beats: list[int] = []
    pulse.beat.connect(lambda: beats.append(1))
    pulse.start()
    qtbot.waitUntil(lambda: len(beats) >= 2)
    pulse.stop()
    before = len(beats)
    qtbot.wait(120)
    pulse.start()
    qtbot.waitUntil(lambda: len(beats) >= before + 2)
    pulse.stop()
    assert pulse.lateness_ms(100.0) < 120
