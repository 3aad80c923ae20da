import threading

from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from facedesk.core.errors import BadInputError
from facedesk.core.facts import Fact, ProblemFound
from facedesk.engine.jobs import Progress
from facedesk.gui.bridge import Bridge
from tests.gui.fake_desk import MORNING, FakeDesk

PROBLEM = ProblemFound(MORNING, "Disk full", "")


def tell_from_a_thread(desk: FakeDesk, facts: list[Fact]) -> None:
    thread = threading.Thread(target=lambda: [desk.tell(fact) for fact in facts])
    thread.start()
    thread.join()


def test_facts_of_a_worker_arrive_in_the_gui_thread_and_in_order(
    desk: FakeDesk, qtbot: QtBot
) -> None:
    bridge = Bridge(desk)  # type: ignore[arg-type]
    heard: list[tuple[object, bool]] = []
    main = threading.current_thread()
    bridge.fact_told.connect(lambda fact: heard.append((fact, threading.current_thread() is main)))
    facts: list[Fact] = [ProblemFound(MORNING, str(number), "") for number in range(5)]
    tell_from_a_thread(desk, facts)
    assert heard == []  # queued: the worker never runs the window's code
    qtbot.waitUntil(lambda: len(heard) == 5)
    assert heard == [(fact, True) for fact in facts]


def test_a_closed_bridge_hears_nothing(desk: FakeDesk, qtbot: QtBot) -> None:
    bridge = Bridge(desk)  # type: ignore[arg-type]
    heard: list[object] = []
    bridge.fact_told.connect(heard.append)
    tell_from_a_thread(desk, [PROBLEM])  # queued, and not yet delivered
    bridge.close()
    tell_from_a_thread(desk, [PROBLEM])
    QCoreApplication.processEvents()
    assert heard == []


def test_a_job_ends_in_the_gui_thread(desk: FakeDesk, qtbot: QtBot) -> None:
    bridge = Bridge(desk)  # type: ignore[arg-type]
    ended_in: list[tuple[object, threading.Thread]] = []

    def work(progress: Progress) -> str:
        progress(1, 2, "half")
        return threading.current_thread().name

    reported: list[tuple[int, int, str]] = []
    task = bridge.run(
        work,
        done=lambda result: ended_in.append((result, threading.current_thread())),
        failed=lambda error: ended_in.append((error, threading.current_thread())),
    )
    task.progressed.connect(lambda *step: reported.append(step))
    with qtbot.waitSignal(task.ended):
        pass
    assert ended_in == [("jobs", threading.current_thread())]
    assert (1, 2, "half") in reported


def test_a_failing_job_tells_the_error(desk: FakeDesk, qtbot: QtBot) -> None:
    bridge = Bridge(desk)  # type: ignore[arg-type]
    errors: list[Exception] = []
    error = BadInputError("No face found")

    def work(_progress: Progress) -> None:
        raise error

    task = bridge.run(work, done=lambda _result: None, failed=errors.append)
    with qtbot.waitSignal(task.ended):
        pass
    assert errors == [error]


def test_a_cancelled_job_calls_neither_callback(desk: FakeDesk, qtbot: QtBot) -> None:
    bridge = Bridge(desk)  # type: ignore[arg-type]
    calls: list[object] = []
    started, go_on = threading.Event(), threading.Event()

    def work(progress: Progress) -> None:
        started.set()
        go_on.wait(5)
        progress(1, 2, "")

    task = bridge.run(work, done=calls.append, failed=calls.append)
    assert started.wait(5)
    task.cancel()
    with qtbot.waitSignals([task.cancelled, task.ended]):
        go_on.set()
    assert calls == []
