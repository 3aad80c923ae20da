"""The table of written scenarios (scenarios/*.md), read by scenarios/reading.py."""

from pathlib import Path

import pytest

from tests.core.scenarios.reading import Scenario, hours_of, scenarios

ALL = list(scenarios(Path(__file__).parent / "scenarios"))


@pytest.mark.parametrize("scenario", ALL, ids=lambda one: f"{one.file}: {one.name}")
def test_scenario(scenario: Scenario) -> None:
    assert hours_of(scenario) == scenario.hours


def test_there_are_many_and_no_two_have_one_name() -> None:
    assert len(ALL) >= 60
    assert len({one.name for one in ALL}) == len(ALL)
