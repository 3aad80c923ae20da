"""Packaging: one provider of cv2, the developer's door, and documents that tell the truth."""

import importlib.metadata
import importlib.util
import re
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import click
import pytest

import facedesk
from facedesk.cli import _LAB_COMMANDS, cli
from facedesk.commands.facts import as_json
from facedesk.core.errors import CameraTrouble
from facedesk.core.facts import (
    CameraChanged,
    CredentialRefused,
    DirectionAsked,
    Fact,
    LivenessRefused,
    ProblemFound,
    ProviderChanged,
    PunchCancelled,
    PunchDeclined,
    PunchRecorded,
    Refusal,
    SourceEnded,
    UnknownSeen,
)
from facedesk.core.records import (
    CameraState,
    Decision,
    DecisionKind,
    Direction,
    Identification,
    Method,
    Person,
    Punch,
)

PROJECT = Path(__file__).resolve().parents[1]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
TEST_COMMAND = "python3 packaging/dev.py test"


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, PROJECT / "packaging" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """packaging/dev.py, living in an empty project."""
    module = _load("dev")
    (tmp_path / "pyproject.toml").write_text(
        "[project]\n[project.optional-dependencies]\n"
        "demo = []\nlab = []\ntest = ['facedesk[demo]', 'pytest']\ndev = ['facedesk[test]']\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "BUILD_VENV", tmp_path / "build" / "venv")
    return module


@pytest.fixture
def pip_calls(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What pip was asked for; environments are made without asking anybody."""
    calls: list[list[str]] = []

    def make_venv(venv: Path) -> None:
        python = dev.venv_python(venv)
        python.parent.mkdir(parents=True, exist_ok=True)
        python.touch()

    monkeypatch.setattr(dev, "make_venv", make_venv)
    monkeypatch.setattr(dev, "pip", lambda _venv, *arguments: calls.append(list(arguments)))
    return calls


def test_exactly_one_installed_package_provides_cv2() -> None:
    providers = set(importlib.metadata.packages_distributions()["cv2"])
    assert len(providers) == 1, f"these fill the same folder: {providers}"


# The environment -----------------------------------------------------------------------------


def test_second_start_installs_nothing(dev: ModuleType, pip_calls: list[list[str]]) -> None:
    python = dev.ensure_environment({"test"}, dev.VENV)
    assert python == dev.venv_python(dev.VENV)
    assert pip_calls == [["install", "--editable", ".[test]"]]
    pip_calls.clear()
    assert dev.ensure_environment({"test"}, dev.VENV) == python
    assert pip_calls == []


def test_another_job_adds_to_what_is_installed(dev: ModuleType, pip_calls: list[list[str]]) -> None:
    dev.ensure_environment({"demo"}, dev.VENV)
    dev.ensure_environment({"test", "lab"}, dev.VENV)
    assert pip_calls[-1] == ["install", "--editable", ".[demo,lab,test]", dev.TORCH]
    pip_calls.clear()
    dev.ensure_environment({"demo"}, dev.VENV)
    assert pip_calls == []


def test_an_extra_counts_with_what_it_asks_for(dev: ModuleType, pip_calls: list[list[str]]) -> None:
    dev.ensure_environment({"dev"}, dev.VENV)
    dev.ensure_environment({"test"}, dev.VENV)
    dev.ensure_environment({"demo"}, dev.VENV)
    assert len(pip_calls) == 1
    dev.ensure_environment({"lab"}, dev.VENV)
    assert len(pip_calls) == 2


def test_changed_requirements_are_installed(dev: ModuleType, pip_calls: list[list[str]]) -> None:
    dev.ensure_environment({"demo"}, dev.VENV)
    (dev.ROOT / "pyproject.toml").write_text("[project]\nname = 'more'\n", encoding="utf-8")
    assert dev.installed_extras(dev.VENV) == set()
    dev.ensure_environment({"demo"}, dev.VENV)
    assert len(pip_calls) == 2


@pytest.mark.parametrize("stamp", ["", "{", "[]", '{"extras": ["demo"]}', '{"fingerprint": 1}'])
def test_a_doubtful_stamp_counts_as_nothing(
    dev: ModuleType, pip_calls: list[list[str]], stamp: str
) -> None:
    dev.ensure_environment({"demo"}, dev.VENV)
    assert dev.installed_extras(dev.VENV) == {"demo"}
    dev.stamp_file(dev.VENV).write_text(stamp, encoding="utf-8")
    assert dev.installed_extras(dev.VENV) == set()


def test_a_lost_python_counts_as_nothing(dev: ModuleType, pip_calls: list[list[str]]) -> None:
    dev.ensure_environment({"demo"}, dev.VENV)
    dev.venv_python(dev.VENV).unlink()
    assert dev.installed_extras(dev.VENV) == set()


def test_an_interrupted_installation_does_not_look_finished(
    dev: ModuleType, pip_calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    dev.ensure_environment({"demo"}, dev.VENV)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(dev, "pip", interrupted)
    with pytest.raises(KeyboardInterrupt):
        dev.ensure_environment({"test"}, dev.VENV)
    assert dev.installed_extras(dev.VENV) == set()


def test_the_build_environment_gets_the_smaller_opencv(
    dev: ModuleType, pip_calls: list[list[str]]
) -> None:
    dev.ensure_environment({"build"}, dev.BUILD_VENV)
    verbs = [(call[0], call[-1]) for call in pip_calls]
    assert verbs[1:] == [("uninstall", dev.DESKTOP_OPENCV), ("install", dev.HEADLESS_OPENCV)]


def test_pip_failure_is_told_with_what_to_do(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real process stands in for pip: it says what pip says without a network, and fails."""
    script = dev.ROOT / "fake.py"
    script.write_text(
        "print('Downloading numpy.whl'); print('[Errno -3] Temporary failure in name resolution');"
        "raise SystemExit(1)",
        encoding="utf-8",
    )
    popen = subprocess.Popen
    monkeypatch.setattr(
        dev.subprocess, "Popen", lambda _, **more: popen([sys.executable, str(script)], **more)
    )
    with pytest.raises(dev.StopError, match=r"network could not be reached[\s\S]*delete.*\.venv"):
        dev.pip(dev.VENV, "install", "numpy")


# System packages -----------------------------------------------------------------------------


def _debian(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, libraries: list[str], programs: list[str]
) -> None:
    listing = "".join(f"\t{name} (libc6,x86-64) => /lib/{name}\n" for name in libraries)
    monkeypatch.setattr(
        dev.shutil, "which", lambda name, path=None: f"/bin/{name}" if name in programs else None
    )
    monkeypatch.setattr(
        dev,
        "_run_quietly",
        lambda command, *_: subprocess.CompletedProcess(command, 0, f"header\n{listing}"),
    )


def test_a_bare_debian_lacks_everything(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    _debian(dev, monkeypatch, [], ["apt-get", "ldconfig"])
    monkeypatch.setattr(dev.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(dev, "venv_package", lambda: "python3-venv")
    libraries = list(dev.DEBIAN_LIBRARIES.values())
    assert dev.missing_packages("run") == ["python3-venv", *libraries]
    assert dev.missing_packages("test") == ["python3-venv", *libraries, "xvfb"]
    assert "binutils" in dev.missing_packages("build")


def test_libraries_count_whatever_their_package_is_called(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    present = [name for name in dev.DEBIAN_LIBRARIES if name != "libEGL.so.1"]
    _debian(dev, monkeypatch, present, ["apt-get", "ldconfig", "Xvfb"])
    assert dev.missing_packages("test") == ["libegl1"]


def test_other_systems_are_not_looked_at(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    _debian(dev, monkeypatch, [], ["ldconfig"])
    assert dev.missing_packages("test") == []


def test_a_user_is_given_one_line(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "missing_packages", lambda _: ["libegl1", "xvfb"])
    monkeypatch.setattr(dev.os, "geteuid", lambda: 1000, raising=False)
    with pytest.raises(dev.StopError) as told:
        dev.ensure_packages("test")
    line = str(told.value).splitlines()[-1].strip()
    assert line.startswith("sudo apt-get update && sudo apt-get install -y ")
    assert line.endswith(" libegl1 xvfb")


def test_root_installs_at_once(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []

    def quietly(command: list[str], environment: dict[str, str]) -> Any:
        assert environment["DEBIAN_FRONTEND"] == "noninteractive"
        calls.append(command)
        return subprocess.CompletedProcess(command, 0, "")

    monkeypatch.setattr(dev, "missing_packages", lambda _: ["libegl1"])
    monkeypatch.setattr(dev.os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(dev, "_run_quietly", quietly)
    dev.ensure_packages("run")
    assert [call[1] for call in calls] == ["update", "install"]
    assert calls[1][-1] == "libegl1"


# Arguments -----------------------------------------------------------------------------------


def test_arguments_reach_the_job(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[tuple[str, list[str], bool | None]] = []
    monkeypatch.setattr(dev, "run", lambda rest: got.append(("run", rest, None)) or 0)
    for job in ("test", "check"):
        monkeypatch.setattr(dev, job, lambda rest, lab, job=job: got.append((job, rest, lab)) or 0)
    assert dev.main(["run", "--source", "demo", "--help"]) == 0
    assert dev.main(["test", "--no-lab", "tests/core", "-k", "voting"]) == 0
    assert dev.main(["check", "-x"]) == 0
    assert got == [
        ("run", ["--source", "demo", "--help"], None),
        ("test", ["tests/core", "-k", "voting"], False),
        ("check", ["-x"], True),
    ]


def test_wrong_usage_is_refused(dev: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["walk"], ["build", "--fast"]):
        with pytest.raises(SystemExit) as ended:
            dev.main(arguments)
        assert ended.value.code == 2
    assert "--fast" in capsys.readouterr().err


def test_trouble_is_told_without_a_traceback(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(_: object) -> int:
        raise dev.StopError("plug it in")

    monkeypatch.setattr(dev, "run", stop)
    assert dev.main(["run"]) == 1
    assert capsys.readouterr().err == "dev: plug it in\n"


def test_an_old_python_is_told_so(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev, "OLDEST_PYTHON", (99, 0))
    assert dev.main(["run"]) == 2
    assert "needs Python" in capsys.readouterr().out


def test_check_runs_every_step_and_names_the_failed(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[str] = []

    def step(command: list[str], **_: object) -> Any:
        ran.append(" ".join(command))
        return subprocess.CompletedProcess(command, int("mypy" in command))

    monkeypatch.setattr(dev, "ensure_packages", lambda _: None)
    monkeypatch.setattr(dev, "ensure_environment", lambda _: Path("python"))
    monkeypatch.setattr(dev.subprocess, "run", step)
    assert dev.check([], lab=True) == 1
    for part in ("format --check", "ruff check", "mypy", "lint-imports", "pytest"):
        assert any(part in command for command in ran)
    assert capsys.readouterr().out.endswith("dev: Failed: types.\n")


# The trial of the built program ---------------------------------------------------------------


def test_the_trial_refuses_a_program_that_does_too_little() -> None:
    smoke = _load("smoke")
    punch = {"event": "punch_recorded", "name": smoke.NAME, "direction": "in"}
    stopped = {"event": "stopped", "stuck_threads": [], "frames_recognised": 9}
    smoke.demand([punch, stopped])
    for wrong in (
        [stopped],
        [punch, punch, stopped],
        [punch, {"event": "unknown_seen"}, stopped],
        [punch],
        [punch, stopped | {"stuck_threads": ["capture"]}],
        [punch, stopped | {"frames_recognised": 0}],
    ):
        with pytest.raises(smoke.SmokeError):
            smoke.demand(wrong)


@pytest.mark.parametrize("noise", ["", "import sys; sys.stderr.write('E0000 oh');"])
def test_the_trial_demands_a_silent_stderr(tmp_path: Path, noise: str) -> None:
    smoke = _load("smoke")
    program = tmp_path / "program"
    program.write_text(f"#!{sys.executable}\n{noise}print('ran')\n", encoding="utf-8")
    program.chmod(0o755)
    if sys.platform == "win32":
        pytest.skip("scripts are not programs on Windows")
    if noise:
        with pytest.raises(smoke.SmokeError, match="oh"):
            smoke.call(program, tmp_path / "data", "--version")
    else:
        assert smoke.call(program, tmp_path / "data", "--version") == "ran\n"


# Documents -----------------------------------------------------------------------------------


def test_ci_runs_the_readme_test_command() -> None:
    assert re.search(rf"^{TEST_COMMAND}\b", README, re.MULTILINE)
    lines = (PROJECT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert lines[-1] == TEST_COMMAND  # the last line: CI reads pytest's own closing words


def test_the_changelog_and_the_project_name_this_version() -> None:
    changelog = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+)", changelog, re.MULTILINE)
    assert newest is not None and newest[1] == facedesk.__version__
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == facedesk.__version__


def _readme_commands() -> list[str]:
    """Each `facedesk ...` of the README: in backticks or as a line of a code block."""
    spans = re.findall(r"`(facedesk(?: [^`]*)?)`", README)
    return spans + re.findall(r"^(facedesk .*?)(?:  +#.*)?$", README, re.MULTILINE)


def test_readme_commands_exist() -> None:
    context = click.Context(cli)
    names = cli.list_commands(context)
    checked = set()
    for line in _readme_commands():
        words = [word.strip("[].,") for word in line.split()[1:]]
        if not words or not words[0].isalpha():  # a placeholder or an option of the whole
            continue
        assert words[0] in names, line
        if words[0] in _LAB_COMMANDS:
            continue
        command = cli.get_command(context, words[0])
        assert command is not None
        if isinstance(command, click.Group) and words[1:] and words[1].isalpha():
            command = command.get_command(context, words[1])
            assert command is not None, line
        known = {option for parameter in command.params for option in parameter.opts}
        options = {word for word in words if word.startswith("--")}
        assert options <= known, line
        checked.add(words[0])
    documented = set(names) - set(_LAB_COMMANDS)
    assert checked == documented, "every command is in the README"


def test_readme_files_exist() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (PROJECT / target).exists() or target.startswith("resources/screenshots/"), target


def test_the_contract_of_watch_is_as_documented() -> None:
    utc = datetime(2026, 1, 5, 8, 58, tzinfo=UTC)
    decision = Decision(DecisionKind.KNOWN, 1, 0.7, 0.2, 0.45, frames=3, reason="clear")
    how = Identification(Method.FACE, "clear", "demo:", 0.7, 0.2, 0.45)
    person = Person(1, "王")
    punch = Punch(
        person_id=1, direction=Direction.IN, utc=utc, zone="UTC", score=0.7, runner_up=0.2,
        threshold=0.45, contract="c", settings_version="s", source="demo:", reason="clear",
    )  # fmt: skip
    facts: list[Fact] = [
        PunchRecorded(utc, punch, person, 0.0),
        PunchDeclined(utc, person, Direction.IN, utc, how),
        DirectionAsked(utc, person, Direction.OUT, (Direction.OUT,), 6.0, how),
        PunchCancelled(utc, punch, person, not_me=True),
        UnknownSeen(utc, 3, decision),
        LivenessRefused(utc, 1, "challenge", 0.2, "did not turn"),
        CredentialRefused(utc, Method.PIN, Refusal.WRONG, 1.0),
        CameraChanged(utc, CameraState.LOST, CameraTrouble.BUSY, "in use"),
        ProviderChanged(utc, "CPUExecutionProvider"),
        ProblemFound(utc, "full", "disk"),
        SourceEnded(utc, 9),
    ]
    assert {type(fact) for fact in facts} == set(get_args(Fact)), "a fact has no example here"
    table = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", README, re.MULTILINE))
    for fact in facts:
        row = as_json(fact)
        assert row["utc"] == "2026-01-05T08:58:00.000Z"
        documented = re.sub(r"\([^)]*\)", "", table[fact.event])  # without the explanations
        assert set(re.findall(r"`(\w+)`", documented)) == set(row) - {"event", "utc"}


# Qt's ICU data ---------------------------------------------------------------------------------


def icu_package(items: dict[str, bytes]) -> bytes:
    """As ICU's tools write it: names after the table, each item on 16 bytes."""
    names = b"".join(name.encode() + b"\0" for name in items)
    name_at = 4 + 8 * len(items)
    data_at = -(-(name_at + len(names)) // 16) * 16
    table, body = len(items).to_bytes(4, "little"), b""
    for name, data in items.items():
        for offset in (name_at, data_at + len(body)):
            table += offset.to_bytes(4, "little")
        name_at += len(name) + 1
        body += data.ljust(-(-len(data) // 16) * 16, b"\0")
    header = b"\x20\0\xda\x27\x14\0\0\0\0\0\x02\0CmnD".ljust(32, b"\0")
    return header + (table + names).ljust(data_at, b"\0") + body


def test_of_icu_only_what_sorts_texts_is_kept() -> None:
    icu_data = _load("icu_data")
    needed = {"icudt73l/coll/root.res": b"rules" * 5, "icudt73l/root.res": b"r" * 16,
              "icudt73l/unames.icu": b"names"}  # fmt: skip
    others = {
        "icudt73l/af.res": b"a",
        "icudt73l/curr/de.res": b"c" * 40,
        "icudt73l/ibm-37.cnv": b"i",
    }
    whole = icu_package(dict(sorted((needed | others).items())))
    assert icu_data.trimmed_package(whole) == icu_package(dict(sorted(needed.items())))
    assert icu_data.trimmed_package(icu_package(needed)) == icu_package(needed)
    with pytest.raises(ValueError, match="ICU"):
        icu_data.trimmed_package(b"\x7fELF".ljust(64, b"\0"))
