"""`bench restart`, one kill: the program itself with its window, its camera thread and models."""

import pytest

from tests.commands.conftest import Run


@pytest.mark.model
@pytest.mark.timeout(300)
def test_a_killed_window_opens_again_with_every_punch(facedesk: Run) -> None:
    rows = facedesk("bench", "restart", "--kills", 1, "--people", 3, "--json").json
    figures = {row["what"]: row for row in rows}
    lost = figures["punches announced and lost"]
    assert lost["value"] == 0
    assert int(lost["conditions"].split()[1]) > 0  # "of 12 announced"
    assert figures["problems of the database"]["value"] == 0
    shown_s = figures["start to a window with its picture"]["value"]
    assert 0 < shown_s <= figures["start to usable: a face would be looked at"]["value"]
