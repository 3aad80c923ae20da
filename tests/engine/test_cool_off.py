from facedesk.engine.cool_off import CoolOff

ADA, BOB = 1, 2


def test_three_refusals_close_a_face_and_nobody_elses() -> None:
    rest = CoolOff(3, 60.0)
    assert [rest.count(ADA, at_s) for at_s in (0.0, 10.0, 20.0)] == [0.0, 0.0, 60.0]
    assert rest.closed(ADA, 79.9)
    assert not rest.closed(ADA, 80.0)
    assert not rest.closed(BOB, 30.0)


def test_refusals_that_lie_far_apart_do_not_add_up() -> None:
    rest = CoolOff(3, 60.0)
    assert [rest.count(ADA, at_s) for at_s in (0.0, 50.0, 100.0)] == [0.0, 0.0, 0.0]
    assert rest.count(ADA, 105.0) == 60.0


def test_after_the_rest_it_takes_as_many_again() -> None:
    rest = CoolOff(2, 60.0)
    rest.count(ADA, 0.0)
    rest.count(ADA, 1.0)
    assert rest.count(ADA, 62.0) == 0.0
