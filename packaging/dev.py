#!/usr/bin/env python3
"""One door for developers: run, test, check and build FaceDesk from a fresh clone.

    python3 packaging/dev.py run [arguments of `facedesk run`]
    python3 packaging/dev.py test [--no-lab] [arguments of pytest]
    python3 packaging/dev.py check [--no-lab] [arguments of pytest]
    python3 packaging/dev.py build

Standard library only. Everything is installed into `.venv` (for `build`: `build/venv`); the
system's Python is never touched. A stamp remembers what is installed: the second start is quick.
"""

from __future__ import annotations  # so that an old Python reaches the message about its age

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
# The program is built in an environment of its own: nothing of the developer's gets into it.
BUILD_VENV = ROOT / "build" / "venv"
OLDEST_PYTHON = (3, 11)

# The lab trains on any torch from 2.6 on. One exact release here, so that every developer's tests
# run on the same one, and so that a machine with a CPU wheel of it takes that wheel.
TORCH = "torch==2.13.0"

# The built program shows no window of OpenCV's: its wheel without one, and without the contributed
# modules, is 100 MB smaller. It fills the same `cv2` folder, so it replaces the other.
DESKTOP_OPENCV, HEADLESS_OPENCV = "opencv-contrib-python", "opencv-python-headless>=5.0"

# What the wheels of OpenCV (libGL, glib), mediapipe (EGL, GLES) and Qt's xcb plugin need from a
# bare Debian or Ubuntu. Looked up by library, not by package: newer releases rename packages (t64).
DEBIAN_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1",
    "libGLESv2.so.2": "libgles2",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
}

NETWORK_SIGNS = (
    "failed to establish a new connection",
    "name resolution",
    "max retries exceeded",
    "network is unreachable",
    "getaddrinfo failed",
    "timed out",
    "temporary failure resolving",
)


class StopError(Exception):
    """Something the developer must do first; the text is shown without a traceback."""


def say(text: str) -> None:
    print(f"dev: {text}", flush=True)


# System packages -----------------------------------------------------------------------------


def missing_packages(job: str) -> list[str]:
    """Debian packages that `job` lacks; empty on systems without apt, which are not looked at."""
    if not shutil.which("apt-get"):
        return []
    system_folders = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    ldconfig = shutil.which("ldconfig", path=system_folders)
    known = _run_quietly([ldconfig, "-p"]).stdout if ldconfig else ""
    libraries = {line.split()[0] for line in known.splitlines() if " => " in line}
    wanted = dict(DEBIAN_LIBRARIES)
    if job == "build" and sys.base_prefix == "/usr":  # PyInstaller packs Python's shared library
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        wanted[f"libpython{version}.so.1.0"] = f"libpython{version}"
    missing = [package for name, package in wanted.items() if name not in libraries]
    if not importlib.util.find_spec("ensurepip"):
        missing.insert(0, venv_package())
    if job in ("test", "check") and not shutil.which("Xvfb"):
        missing.append("xvfb")
    if job == "build" and not shutil.which("objdump"):
        missing.append("binutils")
    return missing


def venv_package() -> str:
    """The Debian package that gives this very interpreter its `venv`."""
    default = Path("/usr/bin/python3").resolve()
    if Path(sys.executable).resolve() == default:
        return "python3-venv"
    return f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"


def apt_line(packages: Sequence[str]) -> str:
    """The one line a user without root rights is asked to run."""
    names = " ".join(packages)
    return f"sudo apt-get update && sudo apt-get install -y --no-install-recommends {names}"


def ensure_packages(job: str) -> None:
    """Install what is missing as root, else stop with the line to run."""
    missing = missing_packages(job)
    if not missing:
        return
    if os.geteuid() != 0:
        raise StopError(
            f"some system packages are missing. Run this line, then try again:\n"
            f"  {apt_line(missing)}"
        )
    say(f"Installing system packages: {' '.join(missing)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing]
    for command in (["apt-get", "update", "-q"], install):
        done = _run_quietly(command, quiet)
        if done.returncode:
            raise StopError(f"`{' '.join(command)}` failed:\n{explained(done.stdout)}")


# The virtual environment ---------------------------------------------------------------------


def venv_python(venv: Path) -> Path:
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def fingerprint(venv: Path) -> str:
    """Changes when an earlier installation may no longer be right: other requirements, a moved
    folder, another Python behind the environment."""
    places = [os.fsencode(ROOT), os.fsencode(venv_python(venv).resolve())]
    requirements = [
        (ROOT / "pyproject.toml").read_bytes(),
        TORCH.encode(),
        HEADLESS_OPENCV.encode(),
    ]
    return hashlib.sha256(b"\0".join([*requirements, *places])).hexdigest()


def stamp_file(venv: Path) -> Path:
    return venv / "facedesk-dev.json"


def installed_extras(venv: Path) -> set[str]:
    """The extras installed for the present fingerprint; empty when anything is in doubt."""
    try:
        stamp = json.loads(stamp_file(venv).read_text(encoding="utf-8"))
        extras = set(stamp["extras"]) if stamp["fingerprint"] == fingerprint(venv) else set()
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return extras if venv_python(venv).exists() else set()


def with_implied(extras: set[str]) -> set[str]:
    """The extras and those that they ask for in turn, as `test` asks for `facedesk[demo]`."""
    import tomllib  # not in the old Pythons that `main` turns away

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared: dict[str, list[str]] = project.get("optional-dependencies", {})
    found, todo = set(), list(extras)
    while todo:
        found.add(extra := todo.pop())
        for requirement in declared.get(extra, []):
            if requirement.startswith("facedesk["):
                inner = requirement.partition("[")[2].partition("]")[0]
                todo += [name.strip() for name in inner.split(",")]
    return found


def write_stamp(venv: Path, extras: set[str]) -> None:
    text = json.dumps({"fingerprint": fingerprint(venv), "extras": sorted(extras)})
    stamp_file(venv).write_text(text + "\n", encoding="utf-8")


def ensure_environment(wanted: set[str], venv: Path = VENV) -> Path:
    """The Python of `venv` with the project (editable) and the extras `wanted` installed."""
    present = installed_extras(venv)
    if wanted <= present:
        return venv_python(venv)
    stamp_file(venv).unlink(missing_ok=True)  # an interrupted installation must not look finished
    make_venv(venv)
    extras = present | wanted
    place = venv.relative_to(ROOT)
    say(f"Installing FaceDesk and its packages ({', '.join(sorted(extras))}) into {place}.")
    say("The first time downloads several hundred megabytes and takes some minutes.")
    started_s = time.monotonic()
    requirements = ["--editable", f".[{','.join(sorted(extras))}]"]
    if "lab" in extras:
        requirements.append(TORCH)
    pip(venv, "install", *requirements)
    if venv == BUILD_VENV:
        pip(venv, "uninstall", "--yes", DESKTOP_OPENCV)
        pip(venv, "install", "--force-reinstall", "--no-deps", HEADLESS_OPENCV)
    write_stamp(venv, with_implied(extras))
    say(f"Installed in {time.monotonic() - started_s:.0f} s.")
    return venv_python(venv)


def make_venv(venv: Path) -> None:
    """Make `venv`, or make it again when its Python is gone or too broken to run pip."""
    python = venv_python(venv)
    if python.exists() and not _run_quietly([str(python), "-c", "import pip"]).returncode:
        return
    say(f"Making the virtual environment {venv.relative_to(ROOT)}.")
    done = _run_quietly([sys.executable, "-m", "venv", "--clear", str(venv)])
    if done.returncode:
        raise StopError(f"`python -m venv` failed:\n{explained(done.stdout)}")


def pip(venv: Path, verb: str, *arguments: str) -> None:
    """Run pip, with a line for each download: a slow network must not look like a hang."""
    command = [str(venv_python(venv)), "-m", "pip", "--disable-pip-version-check", "--no-input",
               verb, *arguments]  # fmt: skip
    quiet = {**os.environ, "PIP_PROGRESS_BAR": "off"}
    seen = []
    with subprocess.Popen(
        command, cwd=ROOT, env=quiet, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace",
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            seen.append(line)
            if line.lstrip().startswith("Downloading"):
                say(line.strip())
    if process.returncode:
        raise StopError(
            f"`pip {verb}` failed:\n{explained(''.join(seen))}\n"
            f"If this does not help, delete the folder {venv.relative_to(ROOT)} and try again."
        )


def explained(output: str) -> str:
    """The end of a tool's output, and in plain words when it looks like a missing network."""
    tail = "\n".join(f"  {line}" for line in output.strip().splitlines()[-12:])
    if any(sign in output.lower() for sign in NETWORK_SIGNS):
        tail += (
            "\nThe network could not be reached: check the connection (or the proxy) and try again."
        )
    return tail


def _run_quietly(
    command: Sequence[str], environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run to the end; stdout and stderr together are in `stdout`."""
    return subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
    )  # fmt: skip


# The jobs ------------------------------------------------------------------------------------


def become(command: Sequence[str]) -> int:
    """Hand this process over, so that Ctrl-C, signals and the exit code are the program's own."""
    if os.name != "nt":
        sys.stdout.flush()
        os.execv(command[0], list(command))  # noqa: S606 - a fixed argument list, no shell wanted
    return subprocess.run(command, check=False).returncode  # Windows' exec would not wait


def pytest_command(python: Path, arguments: Sequence[str]) -> list[str]:
    return [str(python), "-m", "pytest", "-n", "auto", *arguments]


def run(arguments: Sequence[str]) -> int:
    ensure_packages("run")
    python = ensure_environment({"demo"})
    say("Starting FaceDesk.")
    return become([str(python), "-m", "facedesk", "run", *arguments])


def test(arguments: Sequence[str], *, lab: bool) -> int:
    ensure_packages("test")
    python = ensure_environment({"test", "lab"} if lab else {"test"})
    say("Running every test.")
    os.chdir(ROOT)  # pytest's paths are those of the project
    return become(pytest_command(python, arguments))


def check(arguments: Sequence[str], *, lab: bool) -> int:
    """Every step runs, so that one look shows all that is wrong."""
    ensure_packages("check")
    python = ensure_environment({"dev", "lab"} if lab else {"dev"})
    steps = {
        "format": [str(python), "-m", "ruff", "format", "--check", "."],
        "lint": [str(python), "-m", "ruff", "check", "."],
        # without PyTorch the types of the lab's training code are not known
        "types": [str(python), "-m", "mypy", *(() if lab else ("--exclude", "^facedesk/lab/"))],
        "imports": [str(python.with_name("lint-imports"))],
        "tests": pytest_command(python, arguments),
    }
    failed = []
    for name, command in steps.items():
        say(f"Checking {name}.")
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            failed.append(name)
    say(f"Failed: {', '.join(failed)}." if failed else "All checks passed.")
    return 1 if failed else 0


def build() -> int:
    """Build the program with PyInstaller into dist/facedesk, then try the built program."""
    ensure_packages("build")
    python = ensure_environment({"build", "demo"}, BUILD_VENV)
    spec = str(ROOT / "packaging" / "facedesk.spec")
    say("Building dist/facedesk; this takes some minutes.")
    pyinstaller = [str(python), "-m", "PyInstaller", "--noconfirm", "--clean",
                   "--log-level", "ERROR", spec]  # fmt: skip
    smoke = [str(python), str(ROOT / "packaging" / "smoke.py")]
    for command in (pyinstaller, smoke):
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        if code:
            return code
    return 0


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(prog="dev.py", description="Run, test, check, build FaceDesk.")
    jobs = whole.add_subparsers(dest="job", required=True, metavar="run|test|check|build")
    jobs.add_parser(
        "run", add_help=False, help="install and start FaceDesk (more arguments go to it)"
    )
    for name, about in (
        ("test", "run every test"),
        ("check", "format, lint, types, imports, tests"),
    ):
        job = jobs.add_parser(name, help=f"{about} (more arguments go to pytest)")
        job.add_argument("--no-lab", action="store_true",
                         help="without torch; the tests that need it are skipped")  # fmt: skip
    jobs.add_parser("build", help="build the stand-alone program and try it")
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    if sys.version_info < OLDEST_PYTHON:
        print("dev: FaceDesk needs Python 3.11 or newer; this is "
              f"{sys.version_info[0]}.{sys.version_info[1]} ({sys.executable}).")  # fmt: skip
        return 2
    whole = parser()
    chosen, rest = whole.parse_known_args(arguments)
    if chosen.job == "build" and rest:
        whole.error(f"build takes no arguments: {' '.join(rest)}")
    try:
        if chosen.job == "run":
            return run(rest)
        if chosen.job == "build":
            return build()
        job = test if chosen.job == "test" else check
        return job(rest, lab=not chosen.no_lab)
    except StopError as reason:
        print(f"dev: {reason}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("dev: stopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
