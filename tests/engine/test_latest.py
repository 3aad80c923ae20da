"""The one-place box: newest wins, nothing queues, closing wakes everybody."""

import threading

from facedesk.engine.latest import Latest


def test_the_newest_item_wins() -> None:
    box: Latest[int] = Latest()
    for number in range(5):
        box.put(number)
    assert (box.take(0), box.take(0)) == (4, None)


def test_an_item_is_taken_once_but_seen_by_everybody() -> None:
    box: Latest[int] = Latest()
    assert box.peek() is None
    box.put(1)
    assert (box.peek(), box.take(0), box.take(0), box.peek()) == (1, 1, None, 1)


def test_take_waits_for_a_put_from_another_thread() -> None:
    box: Latest[str] = Latest()
    putter = threading.Timer(0.02, box.put, ["late"])
    putter.start()
    assert box.take(5) == "late"
    putter.join()


def test_close_wakes_a_waiting_consumer_and_drops_later_items() -> None:
    box: Latest[int] = Latest()
    closer = threading.Timer(0.02, box.close)
    closer.start()
    assert box.take(5) is None
    box.put(1)
    assert box.take(0) is None
    closer.join()


def test_clear_forgets_the_last_picture() -> None:
    box: Latest[int] = Latest()
    box.put(1)
    box.clear()
    assert box.peek() is None
    assert box.take(0) is None
