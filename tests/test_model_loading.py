"""What is opened, and when."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facedesk import model_loading
from facedesk.core.liveness import RULES
from facedesk.model_loading import liveness_models
from facedesk.paths import resources_dir, shipped_models_dir
from facedesk.settings import Settings
from facedesk.vision.catalog import Catalogue
from facedesk.vision.runtime import RuntimeReport, Session, open_session


@pytest.mark.parametrize(("policy", "at_once"), [("off", 0), ("passive", 1)])
def test_where_liveness_is_off_its_network_waits_for_somebody_with_another_policy(
    policy: str, at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []

    def counted(path: Path, *args: Any, **options: Any) -> tuple[Session, RuntimeReport]:
        opened.append(path)
        return open_session(path, *args, **options)

    monkeypatch.setattr(model_loading, "open_session", counted)
    catalogue = Catalogue([shipped_models_dir()], resources_dir() / "catalogue")
    models = liveness_models(catalogue, replace(Settings(), liveness=policy))
    assert models is not None
    assert models.rules == RULES["facedesk-liveness"]
    assert len(opened) == at_once
    for _ in range(2):
        models.network.logit(np.zeros((90, 90, 3), np.uint8), (30.0, 30.0, 60.0, 60.0))
    assert [path.name for path in opened] == ["face_liveness.onnx"]
