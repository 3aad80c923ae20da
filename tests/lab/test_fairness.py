"""Error rates by group, on made-up faces of which one group is more alike than the other."""

from pathlib import Path

import click
import numpy as np
import pytest

from facedesk.core.operating_point import tail_of
from facedesk.lab.fairness import Embedded, LabelledSet, as_table, rates_by, read_set

TAIL = tail_of({"fmr_1e-3": 0.5, "fmr_1e-4": 0.6})


def faces(per_group: int = 60, pictures: int = 1) -> tuple[LabelledSet, Embedded]:
    """Group "alike" is drawn to one direction; `pictures` of each person."""
    random = np.random.default_rng(0)
    drawn = np.repeat([0.0, 1.0], per_group)[:, np.newaxis]
    centres = random.normal(size=(2 * per_group, 32)) + 1.5 * drawn * np.ones(32)
    centres = np.repeat(centres, pictures, axis=0)
    views = [centres + random.normal(size=centres.shape) * noise for noise in (0.1, 0.3)]
    unit = [
        (view / np.linalg.norm(view, axis=1, keepdims=True)).astype(np.float32) for view in views
    ]
    groups = np.repeat(["plain", "alike"], per_group * pictures)
    people = np.repeat(np.arange(2 * per_group), pictures)
    names = tuple(Path(f"{number}.jpg") for number in range(len(groups)))
    labelled = LabelledSet(names, {"group": groups}, people)
    return labelled, Embedded(unit[0], unit[1], np.ones(len(groups), bool))


def test_the_group_that_is_more_alike_has_more_false_matches() -> None:
    labelled, embedded = faces()
    alike, plain = rates_by(labelled, embedded, "group", TAIL, 0.6)
    assert (alike.group, plain.group) == ("alike", "plain")
    assert alike.fmr.share > 10 * max(plain.fmr.share, 1e-3)
    assert alike.fmr.low <= alike.fmr.share <= alike.fmr.high
    assert alike.fmr.count == 60 * 59 // 2
    assert alike.fpir.share < 0.05  # the gallery is of the same people: its threshold knows them
    assert alike.fpir.count + plain.fpir.count == 10 * 60
    assert alike.fpir_own.count == plain.fpir_own.count == 10 * 30
    assert alike.fpir_own.share < 0.05  # where all are alike, all are asked for more
    assert alike.thresholds[0].cosine > plain.thresholds[0].cosine + 0.2
    assert [one.fmr for one in alike.thresholds] == [1e-3, 1e-4]
    assert plain.fnmr.share == 0
    assert (plain.fmr.share, plain.fmr.high) == (0, pytest.approx(0.095, abs=1e-3))  # 30 pairs
    assert "highest FMR against lowest" in as_table("group", [alike, plain])


def test_own_pictures_count_where_people_are_known() -> None:
    labelled, embedded = faces(per_group=40, pictures=2)
    _, plain = rates_by(labelled, embedded, "group", TAIL, 0.6)
    assert plain.fnmr.count == 40
    assert plain.fmr.count == (80 * 79 - 80) // 2  # own pictures are no impostors


def test_pictures_without_a_face_and_small_groups_are_left_out() -> None:
    labelled, embedded = faces()
    embedded.found[:45] = False
    assert [one.group for one in rates_by(labelled, embedded, "group", TAIL, 0.6)] == ["alike"]


def test_the_set_is_read_from_a_list(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("file,age,person\na/1.jpg,20-29,x\na/2.jpg,30-39,x\na/3.jpg,20-29,y\n", "utf-8")
    found = read_set(path, limit=100)
    assert found.pictures[0] == tmp_path / "a/1.jpg"
    assert found.labels["age"].tolist() == ["20-29", "30-39", "20-29"]
    assert found.people.tolist() == [0, 0, 1]
    assert len(read_set(path, limit=2).pictures) == 2
    younger = read_set(path, limit=100, without=(("age", "30-39"),))
    assert younger.labels["age"].tolist() == ["20-29", "20-29"]
    with pytest.raises(click.ClickException, match="no column height"):
        read_set(path, limit=2, without=(("height", "tall"),))
    path.write_text("name\nx\n", "utf-8")
    with pytest.raises(click.ClickException, match="no column 'file'"):
        read_set(path, limit=2)
