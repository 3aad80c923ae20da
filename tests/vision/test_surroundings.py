"""Edges on drawn pictures: a sheet held up, a door frame, and the room that remembers its own."""

import cv2
import numpy as np
import pytest

from facedesk.core.records import Image
from facedesk.vision.surroundings import Room, long_edges, sides_with_edges

BOX = (280.0, 180.0, 360.0, 280.0)


def wall(seed: int = 0) -> Image:
    noise = np.random.default_rng(seed).integers(0, 8, (480, 640, 3), np.uint8)
    return np.asarray(noise + np.uint8(120), np.uint8)


def sheet(seed: int = 0) -> Image:
    """A picture held up: three of its edges are seen, the lowest is out of sight."""
    image = wall(seed)
    cv2.rectangle(image, (180, 90), (470, 600), (240, 240, 240), -1)
    return image


def door(seed: int = 0) -> Image:
    image = wall(seed)
    image[:, 500:] = 40
    return image


def frame(seed: int = 0) -> Image:
    """A dark and a light moulding close to each other: more than one edge at one place."""
    image = wall(seed)
    image[:, 500:508], image[:, 512:520] = 40, 220
    return image


def test_a_wall_has_no_edges_and_a_sheet_has_them_on_its_sides() -> None:
    assert sides_with_edges(long_edges(wall()), BOX) == 0.0
    assert sides_with_edges(long_edges(sheet()), BOX) == pytest.approx(0.75)
    assert sides_with_edges(long_edges(door()), BOX) == pytest.approx(0.25)


def test_a_larger_picture_shows_the_same() -> None:
    large = cv2.resize(sheet(), (1920, 1440), interpolation=cv2.INTER_LINEAR)
    box = tuple(3 * side for side in BOX)
    assert sides_with_edges(long_edges(np.asarray(large, np.uint8)), box) >= 0.5


def test_an_edge_far_from_the_face_is_none_of_its_own() -> None:
    assert sides_with_edges(long_edges(door()), (20.0, 180.0, 60.0, 230.0)) == 0.0


def test_what_stood_there_before_anybody_came_gives_nobody_away() -> None:
    room = Room()
    for seed in range(25):
        room.look(door(seed))
    assert len(room.strange(door(30))) == 0
    held = sheet(31)
    held[:, 500:] = 40
    assert sides_with_edges(room.strange(held), BOX) == pytest.approx(0.75)


def test_a_moment_is_too_short_to_belong_to_the_room() -> None:
    room = Room()
    for seed in range(10):
        room.look(door(seed))
    assert len(room.strange(door(30))) > 0


def test_two_edges_of_one_frame_do_not_belong_to_the_room_sooner_than_one() -> None:
    room = Room()
    for seed in range(10):
        room.look(frame(seed))
    assert len(room.strange(frame(30))) > 0


def test_what_was_carried_away_is_forgotten() -> None:
    room = Room()
    for seed in range(25):
        room.look(door(seed))
    for seed in range(80):
        room.look(wall(seed))
    assert len(room.strange(door(30))) > 0
