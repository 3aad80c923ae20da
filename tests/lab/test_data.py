"""Nobody of the evaluation set is trained on; shards are decoded once and whole."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from facedesk.lab import data

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
FORBIDDEN = ["Angela_Merkel", "Zinedine_Zidane", "Abdel_Aziz_Al-Hakim", "Cher"]


@pytest.mark.parametrize(
    "name",
    [
        "Angela_Merkel",
        "angela merkel",
        "ANGELA-MERKEL",
        "Angela_Merkel_0003",
        "Ángela  Merkel",
        "Merkel Angela",
        "Abdel Aziz Al Hakim",
        "cher",
    ],
)
def test_a_forbidden_person_is_found_in_every_spelling(name: str) -> None:
    assert not data.allowed([name], FORBIDDEN)[0]


@pytest.mark.parametrize("name", ["", "4711", "Angela_Bassett", "Cheryl", "Angela Dorothea Merkel"])
def test_others_and_the_unnamed_stay(name: str) -> None:
    assert data.allowed([name], FORBIDDEN)[0]


def test_numbers_are_people_of_their_own_and_names_have_one_spelling() -> None:
    assert data.comparable("celeba_5131") != data.comparable("celeba_552")
    assert data.comparable("Tom Hardy") == data.comparable("tom_hardy")
    assert data.comparable("") == ""


def shard(path: Path, identities: list[str]) -> list[np.ndarray]:
    random = np.random.default_rng(len(identities))
    images, files = [], []
    for _ in identities:
        small = random.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        image = cv2.resize(small, (128, 128), interpolation=cv2.INTER_LINEAR)
        files.append(cv2.imencode(".png", image)[1])
        images.append(image)
    np.savez(
        path,
        blob=np.concatenate(files),
        offset=np.cumsum([0, *map(len, files)]),
        source=np.array(["test"] * len(files)),
        identity=np.array(identities),
        face_px=np.full(len(files), 100, np.float32),
    )
    return images


def test_shards_are_decoded_in_order_and_forbidden_people_left_out(tmp_path: Path) -> None:
    one = shard(tmp_path / "a.npz", ["", "angela merkel"])
    two = shard(tmp_path / "b.npz", ["someone", "", "Zidane Zinedine"])
    names = tmp_path / "names.txt"
    names.write_text("\n".join(FORBIDDEN), "utf-8")
    shards = [tmp_path / "a.npz", tmp_path / "b.npz"]
    crops = data.load_crops(tmp_path / "cache", shards, names)
    assert crops.identity.tolist() == ["", "someone", ""]
    for found, wanted in zip(crops.images, [one[0], two[0], two[1]], strict=True):
        np.testing.assert_array_equal(found, wanted)
    again = data.load_crops(tmp_path / "cache", shards, None)
    assert len(again) == 5


def test_a_cache_of_other_shards_is_refused(tmp_path: Path) -> None:
    shard(tmp_path / "a.npz", ["", ""])
    shard(tmp_path / "b.npz", [""])
    data.load_crops(tmp_path, [tmp_path / "a.npz"], None)
    with pytest.raises(ValueError, match="delete it"):
        data.load_crops(tmp_path, [tmp_path / "b.npz"], None)


@pytest.mark.data
@pytest.mark.skipif(not SHARED.exists(), reason="no shared faces here")
def test_the_pack_itself_names_nobody_of_lfw() -> None:
    names = (SHARED / "lfw" / "names.txt").read_text("utf-8").splitlines()
    assert len(names) > 5000
    for path in sorted((SHARED / "faces").glob("crops_*.npz")):
        identities = sorted(set(np.load(path)["identity"].tolist()))
        kept = data.allowed(identities, names)
        assert kept.all(), [n for n, k in zip(identities, kept, strict=True) if not k]
