"""ONNX networks in onnxruntime: which processor runs them, and whether it computes rightly."""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from facedesk.core.errors import ModelError
from facedesk.core.json_text import decoded
from facedesk.core.language import tr
from facedesk.vision.cards import ModelCard

CPU = "CPUExecutionProvider"
# Setting -> onnxruntime's name, fastest first.
PROVIDERS = {
    "cuda": "CUDAExecutionProvider",
    "directml": "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "cpu": CPU,
}
_SAME_COSINE = 0.999
# How a tensor of an ONNX file says that its numbers lie in another file: the key "location" of its
# external_data. A hash on the card would not cover that file, and it may be any file of the disk.
_EXTERNAL_DATA = b"\x0a\x08location\x12"
_LARGEST_BYTES = 2_000_000_000
_ANSWER_NUMBERS = 1024
_FREE_SIDE_PX = 160  # of a self-test input whose size the network leaves free

_log = logging.getLogger(__name__)
onnxruntime.set_default_logger_severity(4)  # what goes wrong comes as an exception, not on stderr


class Session(Protocol):
    """The part of onnxruntime.InferenceSession that FaceDesk uses."""

    def run(self, output_names: Sequence[str] | None, feeds: dict[str, Any]) -> list[Any]: ...
    def get_inputs(self) -> Sequence[Any]: ...
    def get_outputs(self) -> Sequence[Any]: ...
    def get_providers(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class RuntimeReport:
    """`provider` REALLY runs the network, `asked` is the setting, `message` why they differ."""

    provider: str
    asked: str
    message: str = ""


def available_providers() -> list[str]:
    """The settings ("cuda" ... "cpu") that this onnxruntime was built with, fastest first."""
    built = onnxruntime.get_available_providers()
    return [setting for setting, name in PROVIDERS.items() if name in built]


def open_session(
    path: Path,
    provider: str = "auto",
    threads: int = 1,
    *,
    card: ModelCard | None = None,
    self_tests: Path | None = None,
    create: Callable[[Path, str, int], Session] | None = None,
) -> tuple[Session, RuntimeReport]:
    """A network ready to run on `provider` (a setting: "auto", "cuda" ... "cpu").

    A provider that is not available, does not start, silently hands everything to the CPU, or whose
    answer to a fixed input differs from the CPU's (cosine 0.999) is dropped with a message, and the
    next one is tried; the CPU comes last. The CPU's answer is computed once for each file and kept
    in the folder `self_tests` as .NAME.selftest.json; the CPU itself has to reproduce it, too.
    `card` names the kept answer and gives the range of the input. Raises ModelError.
    """
    new_session = create or _create
    wanted = list(PROVIDERS) if provider == "auto" else [provider, "cpu"]
    available = available_providers()
    messages = []
    for setting in dict.fromkeys(wanted):
        if setting not in available:
            if provider != "auto":
                messages.append(tr("{provider} is not available here.", provider=setting))
            continue
        name = PROVIDERS[setting]
        try:
            session = new_session(path, name, threads)
            running = session.get_providers()[0]
            if running != name:
                raise ModelError(tr("it did not start"))
            answer = _answer(session, card)
            if card is not None:
                _compare(answer, _reference(path, card, answer, setting, self_tests, new_session))
        except ModelError as error:
            if setting == "cpu":
                raise
            messages.append(
                tr("{provider} is not used: {reason}", provider=setting, reason=str(error))
            )
            _log.warning("provider %s dropped for %s: %s", setting, path.name, error)
            continue
        _log.info("%s runs on %s", path.name, running)
        return session, RuntimeReport(running, provider, " ".join(messages))
    raise ModelError(
        tr("The model cannot be run"), tr("This onnxruntime cannot even use the processor.")
    )


def _create(path: Path, provider: str, threads: int) -> Session:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that spin while they wait take the time of the window beside them.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    data = _read(path)
    try:
        session = onnxruntime.InferenceSession(
            data, options, providers=[provider], enable_fallback=0
        )
    except Exception as error:  # onnxruntime's own exceptions share no public base class
        raise ModelError(
            tr("The model cannot be run"),
            f"{path.name}: {_first_line(error)}",
            tr("Install it again, or choose another model."),
        ) from error
    made: Session = session
    return made


def _read(path: Path) -> bytes:
    title = tr("The model file cannot be read")
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise ModelError(title, tr("{file} is larger than 2 GB.", file=path.name))
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(title, f"{path}: {error.strerror or error}") from error
    if not data:
        raise ModelError(title, tr("{file} is empty.", file=path.name))
    if _EXTERNAL_DATA in data:
        raise ModelError(
            title,
            tr("{file} keeps its weights in another file.", file=path.name),
            tr("Export the model again with its weights inside."),
        )
    return data


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__


def _answer(session: Session, card: ModelCard | None) -> NDArray[np.float32]:
    """What the network makes of one fixed input: about a thousand numbers of all its outputs."""
    first = session.get_inputs()[0]
    shape = [side if isinstance(side, int) and side > 0 else _FREE_SIDE_PX for side in first.shape]
    shape[0] = first.shape[0] if isinstance(first.shape[0], int) and first.shape[0] > 0 else 1
    # Hand-made noise: the same on every machine and with every version of numpy.
    steps = np.arange(int(np.prod(shape)), dtype=np.uint64)
    pixels = ((steps * 2654435761 >> 11) % 256).astype(np.float32).reshape(shape)
    if card is not None:
        pixels = (pixels - card.input.mean[0]) / card.input.std[0]
    try:
        outputs = session.run(None, {first.name: pixels.astype(np.float32)})
    except Exception as error:  # onnxruntime's own exceptions share no public base class
        raise ModelError(
            tr("The model does not run"),
            _first_line(error),
            tr("Install it again, or choose another model."),
        ) from error
    whole = np.concatenate([np.asarray(output, np.float32).ravel() for output in outputs])
    return whole[:: -(-len(whole) // _ANSWER_NUMBERS)]


def _reference(
    path: Path,
    card: ModelCard,
    answer: NDArray[np.float32],
    setting: str,
    folder: Path | None,
    new_session: Callable[[Path, str, int], Session],
) -> NDArray[np.float32]:
    """The stored answer of this file on the CPU; computed and stored where there is none yet."""
    store = folder / f".{card.name}.selftest.json" if folder else None
    kept = _load(store, card.sha256) if store else None
    if kept is not None:
        return kept
    if setting != "cpu":
        answer = _answer(new_session(path, CPU, 1), card)
    if store:
        _save(store, card.sha256, answer)
    return answer


def _load(store: Path, sha256: str) -> NDArray[np.float32] | None:
    try:
        content = decoded(store.read_bytes())
        if content["sha256"] != sha256:
            return None
        return np.asarray(content["answer"], np.float32)
    except (OSError, ValueError, KeyError, TypeError):
        return None  # never stored, or damaged: it is computed anew


def _save(store: Path, sha256: str, answer: NDArray[np.float32]) -> None:
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        temporary = store.with_suffix(".new")
        temporary.write_text(json.dumps({"sha256": sha256, "answer": answer.tolist()}))
        temporary.replace(store)
    except OSError as error:
        _log.warning("the self-test of %s could not be stored: %s", store.name, error.strerror)


def _compare(answer: NDArray[np.float32], expected: NDArray[np.float32]) -> None:
    if answer.shape == expected.shape and np.isfinite(answer).all():
        length = float(np.linalg.norm(answer) * np.linalg.norm(expected))
        if length > 0 and float(answer @ expected) / length > _SAME_COSINE:
            return
    raise ModelError(
        tr("The model fails its self-test"),
        tr("Its answer to a fixed input is not what it was when the model was installed."),
        tr("Install the model again, or run it on another processor in the settings."),
    )
