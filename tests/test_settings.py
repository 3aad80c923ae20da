"""Settings: declared once, checked, saved whole, loaded from older and newer files."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from facedesk import settings_file
from facedesk.core.errors import BadInputError, StoreError
from facedesk.settings import Settings, checked, declared, words_of


def test_every_default_passes_its_own_check_and_has_words() -> None:
    for name, default, about in declared():
        assert checked(Settings(), {name: default}) == Settings()
        assert about.label
        assert about.help.endswith(".")
        assert (about.minimum is None) == (about.maximum is None)


def test_round_trip(tmp_path: Path) -> None:
    changed = checked(Settings(), {"cooldown_s": 600, "organisation": "Bürgeramt 東京"})
    settings_file.save(tmp_path / "settings.json", changed)
    assert settings_file.load(tmp_path / "settings.json") == changed
    assert [entry.name for entry in tmp_path.iterdir()] == ["settings.json"]


def test_missing_file_means_defaults_and_unknown_names_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    assert settings_file.load(path) == Settings()
    path.write_text(json.dumps(asdict(Settings()) | {"from_the_future": 1}))
    assert settings_file.load(path) == Settings()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"cooldown_s": 1}', '{"votes": "3"}', '{"votes": true}',
             '{"theme": "pink"}', '{"mirror": 1}', "\xff"],
)  # fmt: skip
def test_bad_file_is_refused_and_kept(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(BadInputError):
        settings_file.load(path)
    assert path.read_bytes() == text.encode("latin-1")


def test_unknown_setting_is_refused() -> None:
    with pytest.raises(BadInputError, match="no setting colour"):
        checked(Settings(), {"colour": "red"})


def test_whole_number_is_a_number() -> None:
    assert checked(Settings(), {"runner_up_margin": 0}).runner_up_margin == 0


def test_failed_save_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    settings_file.save(path, Settings())
    (tmp_path / "settings.json.new").mkdir()
    with pytest.raises(StoreError):
        settings_file.save(path, checked(Settings(), {"votes": 5}))
    assert settings_file.load(path) == Settings()


def test_version_follows_the_values() -> None:
    assert Settings().version == Settings().version
    assert Settings().version != checked(Settings(), {"votes": 5}).version
    assert Settings().version != checked(Settings(), {"liveness": "off"}).version
    dressed = checked(Settings(), {"theme": "dark", "language": "de", "organisation": "Works"})
    assert Settings().version == dressed.version  # no punch was decided by these


def test_the_audit_log_is_told_settings_but_no_secrets() -> None:
    words = words_of(replace(Settings(), votes=5, webhook_secret="whsec_much"))
    assert words["votes"] == "5"
    assert "much" not in words["webhook_secret"]
    assert words["webhook_secret"] != words_of(Settings())["webhook_secret"]
