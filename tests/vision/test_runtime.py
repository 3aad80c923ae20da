import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from facedesk.core.errors import ModelError
from facedesk.lab.onnx_file import Graph
from facedesk.vision import runtime
from facedesk.vision.cards import ModelCard
from facedesk.vision.runtime import CPU, available_providers, open_session
from tests.vision.networks import network, write_model


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.onnx"
    path.write_bytes(network())
    return path


class FakeSession:
    """The real network's session under another provider's name; `broken` spoils its numbers."""

    def __init__(self, session: Any, provider: str, broken: bool) -> None:
        self._session = session
        self._provider = provider
        self._broken = broken

    def run(self, output_names: Any, feeds: dict[str, Any]) -> list[Any]:
        outputs: list[Any] = self._session.run(output_names, feeds)
        return [output[:, ::-1] if self._broken else output for output in outputs]

    def get_inputs(self) -> Any:
        return self._session.get_inputs()

    def get_outputs(self) -> Any:
        return self._session.get_outputs()

    def get_providers(self) -> list[str]:
        return [self._provider]


class Machine:
    """Makes sessions as a machine with a CUDA card would; `card` is what that card is like."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, card: str) -> None:
        self.card = card
        self.made: list[str] = []
        built = ["TensorrtExecutionProvider", "CUDAExecutionProvider", CPU]
        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: built)

    def __call__(self, path: Path, provider: str, threads: int) -> Any:
        self.made.append(provider)
        session = runtime._create(path, CPU, threads)
        if provider == CPU:
            return session
        if self.card == "does not start":
            raise ModelError("no driver")
        running = CPU if self.card == "silent fallback" else provider
        return FakeSession(session, running, self.card == "wrong numbers")


def test_the_processor_runs_it_and_is_reported(model: Path) -> None:
    session, report = open_session(model)
    assert (report.provider, report.asked, report.message) == (CPU, "auto", "")
    assert session.get_providers()[0] == CPU
    output = session.run(None, {"pixels": np.ones((2, 3, 16, 16), np.float32)})[0]
    assert output.shape == (2, 8)


def test_only_providers_of_this_build_are_offered() -> None:
    assert available_providers()[-1] == "cpu"
    assert "azure" not in available_providers()


@pytest.mark.parametrize("asked", ["auto", "cuda"])
def test_a_working_card_is_used(
    asked: str, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = write_model(tmp_path)
    _, report = open_session(
        model, asked, card=card, self_tests=tmp_path, create=Machine(monkeypatch, "works")
    )
    assert (report.provider, report.asked) == ("CUDAExecutionProvider", asked)
    assert report.message == ""


@pytest.mark.parametrize("fault", ["does not start", "silent fallback", "wrong numbers"])
@pytest.mark.parametrize("asked", ["auto", "cuda"])
def test_a_card_that_fails_is_dropped_with_a_message(
    fault: str, asked: str, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = write_model(tmp_path)
    _, report = open_session(
        model, asked, card=card, self_tests=tmp_path, create=Machine(monkeypatch, fault)
    )
    assert report.provider == CPU
    assert "cuda" in report.message


def test_asking_for_what_is_not_there_is_told(model: Path) -> None:
    _, report = open_session(model, "directml")
    assert (report.provider, report.asked) == (CPU, "directml")
    assert "directml" in report.message


def test_the_answer_is_stored_once_and_must_be_reproduced(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = write_model(tmp_path)
    folder = tmp_path / "tests"
    machine = Machine(monkeypatch, "works")
    open_session(model, "cuda", card=card, self_tests=folder, create=machine)
    assert machine.made == ["CUDAExecutionProvider", CPU]
    open_session(model, "cuda", card=card, self_tests=folder, create=machine)
    assert machine.made[2:] == ["CUDAExecutionProvider"]  # the stored answer serves
    (store,) = folder.iterdir()
    content = json.loads(store.read_text())
    assert content["sha256"] == card.sha256
    content["answer"][0] += 1e4
    store.write_text(json.dumps(content))
    with pytest.raises(ModelError, match="self-test"):
        open_session(model, card=card, self_tests=folder)


@pytest.mark.parametrize("content", ["", "{", '{"sha256": 1}', '{"sha256": "other", "answer": []}'])
def test_a_damaged_or_foreign_store_is_renewed(content: str, model: Path, tmp_path: Path) -> None:
    card = write_model(tmp_path)
    store = tmp_path / f".{card.name}.selftest.json"
    store.write_text(content)
    open_session(model, card=card, self_tests=tmp_path)
    assert json.loads(store.read_text())["sha256"] == card.sha256


def test_a_folder_that_cannot_be_written_does_not_keep_a_model_from_running(
    model: Path, tmp_path: Path
) -> None:
    card = write_model(tmp_path)
    (tmp_path / "file").touch()
    _, report = open_session(model, card=card, self_tests=tmp_path / "file")
    assert report.provider == CPU


@pytest.mark.parametrize("content", [b"", b"no network", network()[:-40]])
def test_what_is_no_network_is_a_model_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"bad\.onnx"):
        open_session(path)


def test_a_missing_file_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.onnx"):
        open_session(tmp_path / "none.onnx")


def test_weights_in_another_file_are_refused(tmp_path: Path) -> None:
    entry = b"\x0a\x08location\x12\x0bweights.bin"
    (tmp_path / "weights.bin").write_bytes(bytes(64))
    (tmp_path / "external.onnx").write_bytes(network() + entry)
    with pytest.raises(ModelError, match="another file"):
        open_session(tmp_path / "external.onnx")


def test_a_network_that_fails_when_it_runs_is_a_model_error(tmp_path: Path) -> None:
    graph = Graph("wrong")
    graph.add_constant("weights", np.ones((5, 2), np.float32))
    graph.add_node("Flatten", ["pixels"], "flat", axis=1)
    graph.add_node("MatMul", ["flat", "weights"], "vectors")
    data = graph.serialise({"pixels": ["n", "c", "h", "w"]}, {"vectors": ["n", 2]})
    (tmp_path / "wrong.onnx").write_bytes(data)
    with pytest.raises(ModelError, match="does not run"):
        open_session(tmp_path / "wrong.onnx")


@pytest.mark.model
def test_public_networks_pass_their_self_test_twice(models_dir: Path, tmp_path: Path) -> None:
    from facedesk.paths import resources_dir
    from facedesk.vision.catalog import Catalogue

    found = Catalogue([models_dir], resources_dir() / "catalogue").models()
    onnx: list[tuple[ModelCard, Path]] = [
        (entry.card, entry.path) for entry in found if entry.path.suffix == ".onnx"
    ]
    assert len(onnx) >= 10
    for card, path in onnx * 2:
        _, report = open_session(path, card=card, self_tests=tmp_path)
        assert report.provider == CPU
    assert len(list(tmp_path.iterdir())) == len(onnx)
