"""Which language FaceDesk speaks: that of the settings, else the system's, else English."""

import locale
import os
import re
import subprocess
import sys

from facedesk.core.json_text import decoded
from facedesk.core.language import use_catalogue
from facedesk.paths import resources_dir


def speak(choice: str) -> None:
    """From now on `tr` speaks this language ('auto': the system's), as far as it is translated."""
    code = system_language() if choice == "auto" else choice
    catalogue = resources_dir() / "languages" / f"{code}.json"
    use_catalogue(decoded(catalogue.read_bytes()) if catalogue.is_file() else {})


def system_language() -> str:
    """ISO 639 code of what the user reads, such as 'de'; FACEDESK_LANGUAGE stands in for it."""
    ours = os.environ.get("FACEDESK_LANGUAGE")
    found = re.match("[a-z]{2,3}", ours or _of_environment() or _of_system())
    return found[0] if found else "en"


def _of_environment() -> str:
    """As POSIX and gettext have it; '' where nothing says so."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((os.environ[name] for name in names if os.environ.get(name)), "")
    if chosen.partition(".")[0] in ("", "C", "POSIX"):
        return chosen
    return os.environ.get("LANGUAGE") or chosen


def _of_system() -> str:
    """Windows and macOS have settings of their own, and a program of the desktop no variables."""
    if sys.platform == "win32":
        import ctypes

        return locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")
    if sys.platform == "darwin":
        asked = ["defaults", "read", "-g", "AppleLocale"]
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    return ""
