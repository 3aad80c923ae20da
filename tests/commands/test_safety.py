"""The drills of `bench safety`, a few rounds of each; the full ones are a command."""

from pathlib import Path

from facedesk.commands.bench_soak import Plan, run
from facedesk.commands.safety_kills import kill
from facedesk.commands.safety_planted import plant
from facedesk.commands.safety_tampering import tamper


def test_what_killed_programs_announced_is_there(tmp_path: Path) -> None:
    found = kill(tmp_path, rounds=12, seed=1)
    assert found.troubles == []
    assert (found.rounds, found.lost, found.damaged) == (12, 0, 0)
    assert len(found.by_work) == 6
    assert all(work.announced > 0 for work in found.by_work.values())


def test_changes_behind_facedesks_back_are_found(tmp_path: Path) -> None:
    found = tamper(tmp_path, changes=36, seed=1)
    assert found.troubles == []
    assert found.refused + found.found + found.harmless == found.changes == 36
    for way in ("edit", "deletion", "insertion", "swap"):
        assert (way, "harmless") not in found.by_way


def test_planted_secrets_lie_nowhere_in_clear(tmp_path: Path) -> None:
    found = plant(tmp_path)
    assert found.found == ()
    assert found.in_clear == 2  # the search finds what is there
    # These are filled by a salvage and by an erased log, with numbers, hashes and times.
    assert found.empty_tables == ("chain_gaps", "chain_starts")


def test_days_at_the_desk_leave_nothing_behind(tmp_path: Path) -> None:
    figures = {figure.what: figure.value for figure in run(tmp_path, Plan(3000, 1, 2))}
    for what in (
        "punches told and not stored",
        "visits without a punch",
        "problems of the database",
        "threads left",
        "files left open",
    ):
        assert figures[what] == 0, what
