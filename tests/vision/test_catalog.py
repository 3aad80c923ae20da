import json
import os
from pathlib import Path

import pytest

from facedesk.core.errors import ModelError
from facedesk.paths import resources_dir
from facedesk.vision.cards import ModelCard
from facedesk.vision.catalog import Catalogue
from tests.vision.networks import network, write_model


@pytest.fixture
def dirs(tmp_path: Path) -> list[Path]:
    return [tmp_path / "shipped", tmp_path / "user", tmp_path / "extra"]


@pytest.fixture
def catalogue(dirs: list[Path], tmp_path: Path) -> Catalogue:
    return Catalogue(dirs, tmp_path / "public")


def publish(card: ModelCard, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{card.name}.json").write_text(json.dumps(card.as_json()))


def test_missing_folders_hold_no_models(catalogue: Catalogue) -> None:
    assert catalogue.models() == []
    assert catalogue.verify() == []


def test_a_model_with_its_card_is_found(catalogue: Catalogue, dirs: list[Path]) -> None:
    card = write_model(dirs[1])
    (found,) = catalogue.models("embed")
    assert (found.card, found.path) == (card, dirs[1] / "tiny.onnx")
    assert catalogue.choose("embed") == catalogue.choose("embed", "tiny") == found
    assert catalogue.models("detect") == []
    assert catalogue.verify() == [(found.path, "")]


def test_rank_decides_then_the_folder(catalogue: Catalogue, dirs: list[Path]) -> None:
    write_model(dirs[2], "extra-good", data=network(seed=1), rank=1)
    write_model(dirs[1], "user-fair", data=network(seed=2), rank=5)
    write_model(dirs[1], "user-good", data=network(seed=3), rank=1)
    write_model(dirs[0], "shipped", data=network(seed=4), rank=5)
    names = [found.card.name for found in catalogue.models("embed")]
    assert names == ["user-good", "extra-good", "shipped", "user-fair"]
    assert catalogue.choose("embed").card.name == "user-good"
    assert catalogue.choose("embed", "user-fair").card.name == "user-fair"


def test_a_model_in_two_folders_is_listed_once(catalogue: Catalogue, dirs: list[Path]) -> None:
    write_model(dirs[1])
    write_model(dirs[2])
    assert [found.path.parent for found in catalogue.models()] == [dirs[1]]


def test_a_file_without_card_is_known_by_its_hash(
    catalogue: Catalogue, dirs: list[Path], tmp_path: Path
) -> None:
    card = write_model(dirs[1])
    publish(card, tmp_path / "public")
    (dirs[1] / "tiny.json").unlink()
    (dirs[1] / "tiny.onnx").rename(dirs[1] / "renamed.onnx")
    assert catalogue.choose("embed").card == card


def test_a_file_that_nobody_knows_is_left_alone_and_told(
    catalogue: Catalogue, dirs: list[Path]
) -> None:
    write_model(dirs[1])
    (dirs[1] / "tiny.json").unlink()
    assert catalogue.models() == []
    ((path, trouble),) = catalogue.verify()
    assert path.name == "tiny.onnx"
    assert "card" in trouble


def test_a_changed_file_is_refused_not_passed_over(catalogue: Catalogue, dirs: list[Path]) -> None:
    write_model(dirs[0], "first", data=network(seed=1))
    write_model(dirs[1], "second", data=network(seed=2))
    with (dirs[0] / "first.onnx").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ModelError, match="changed") as caught:
        catalogue.choose("embed")
    assert "first.onnx" in caught.value.message
    assert catalogue.choose("embed", "second").card.name == "second"
    assert [found.card.name for found in catalogue.models()] == ["second"]
    assert dict(catalogue.verify())[dirs[0] / "first.onnx"] != ""


def test_a_change_is_seen_by_the_same_catalogue(catalogue: Catalogue, dirs: list[Path]) -> None:
    write_model(dirs[0])
    catalogue.choose("embed")
    (dirs[0] / "tiny.onnx").write_bytes(network(seed=9) + b"\0")
    with pytest.raises(ModelError, match="changed"):
        catalogue.choose("embed")


def test_hashes_are_computed_once(
    catalogue: Catalogue, dirs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_model(dirs[0])
    catalogue.models()
    monkeypatch.setattr("hashlib.file_digest", None)
    assert len(catalogue.models()) == 1


def test_a_bad_card_is_told_by_verify(catalogue: Catalogue, dirs: list[Path]) -> None:
    write_model(dirs[0])
    (dirs[0] / "tiny.json").write_text("{}")
    ((_, trouble),) = catalogue.verify()
    assert "name" in trouble


def test_a_card_without_its_file_is_told(catalogue: Catalogue, dirs: list[Path]) -> None:
    write_model(dirs[0])
    (dirs[0] / "tiny.onnx").unlink()
    assert catalogue.models() == []
    ((path, trouble),) = catalogue.verify()
    assert path.name == "tiny.json"
    assert "missing" in trouble


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="everybody may read as root")
def test_an_unreadable_file_is_told(catalogue: Catalogue, dirs: list[Path]) -> None:
    write_model(dirs[0])
    (dirs[0] / "tiny.onnx").chmod(0)
    with pytest.raises(ModelError, match="read"):
        catalogue.choose("embed")


@pytest.mark.parametrize("task", ["detect", "embed", "landmarks", "liveness"])
def test_a_missing_model_says_how_to_install_one(dirs: list[Path], task: str) -> None:
    catalogue = Catalogue(dirs, resources_dir() / "catalogue")
    with pytest.raises(ModelError) as caught:
        catalogue.choose(task)  # type: ignore[arg-type]
    assert "facedesk models install" in caught.value.hint
    assert "https://" in caught.value.hint
    with pytest.raises(ModelError, match="nobody"):
        catalogue.choose(task, "nobody")  # type: ignore[arg-type]


@pytest.mark.model
def test_all_public_weights_are_known_by_their_hash(models_dir: Path) -> None:
    catalogue = Catalogue([models_dir], resources_dir() / "catalogue")
    files = [path for path in models_dir.iterdir() if path.suffix in (".onnx", ".tflite", ".task")]
    assert dict(catalogue.verify()) == dict.fromkeys(files, "")
    assert {found.card.size for found in catalogue.models()} == {
        path.stat().st_size for path in files
    }
    assert catalogue.choose("embed").card.licence == "Apache-2.0"
