"""The language of the settings, else the system's, else English; for window and command line."""

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from facedesk.cli import cli
from facedesk.commands.speech import speak, system_language
from facedesk.core.language import language_code, tr

NAMES = ("FACEDESK_LANGUAGE", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system is asked as well")
@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({}, "en"),
        ({"LANG": "de_AT.UTF-8"}, "de"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "de:en"}, "de"),
        ({"LANG": "C.UTF-8", "LANGUAGE": "de"}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "../../secret"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "en_US.UTF-8", "FACEDESK_LANGUAGE": "de"}, "de"),
    ],
)
def test_the_systems_language(
    variables: dict[str, str], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert system_language() == code


@pytest.mark.usefixtures("german")
def test_the_settings_win_and_a_language_without_a_catalogue_is_english(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert tr("Save") == "Speichern"
    speak("auto")
    assert (tr("Save"), language_code()) == ("Save", "en")
    monkeypatch.setenv("FACEDESK_LANGUAGE", "de")
    speak("auto")
    assert tr("Save") == "Speichern"
    speak("en")
    assert tr("Save") == "Save"
    monkeypatch.setenv("FACEDESK_LANGUAGE", "fr")
    speak("auto")
    assert (tr("Save"), language_code()) == ("Save", "en")


@pytest.mark.usefixtures("german")  # for its end
@pytest.mark.parametrize(
    ("settings", "title"),
    [
        ("{}", "Unknown person"),
        ('{"language": "de"}', "Unbekannte Person"),
        ('{"language": "en"}', "Unknown person"),
    ],
)
def test_the_command_line_speaks_it(tmp_path: Path, settings: str, title: str) -> None:
    (tmp_path / "settings.json").write_text(settings)
    arguments = ["--data-dir", str(tmp_path), "people", "remove", "77", "--yes"]
    done = CliRunner().invoke(cli, arguments)
    assert getattr(done.exception, "title", None) == title


@pytest.mark.usefixtures("german")  # for its end
def test_settings_that_cannot_be_read_are_told_by_who_needs_them(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{")
    arguments = ["--data-dir", str(tmp_path), "people"]
    done = CliRunner().invoke(cli, arguments)
    assert getattr(done.exception, "title", None) == "The settings cannot be read"
    assert CliRunner().invoke(cli, ["--data-dir", str(tmp_path), "outbox", "secret"]).exit_code == 0
