"""Every setting, declared once: default, range, unit, label and one sentence of help.

`Settings` is a frozen snapshot; the settings page, the checks, the file and the docs are all
derived from its fields.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from facedesk.core.errors import BadInputError
from facedesk.core.language import tr


@dataclass(frozen=True, slots=True)
class Declared:
    """What is known about a setting besides its name, type and default."""

    section: str
    label: str
    help: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    secret: bool = False  # not shown, and not written to any log
    restart: bool = False  # a running session is started anew; the others apply at once


_DECIDING = ("Recognition", "Liveness", "Attendance")  # sections


def _setting(default: Any, section: str, label: str, help: str, **more: Any) -> Any:
    return field(default=default, metadata={"declared": Declared(section, label, help, **more)})


@dataclass(frozen=True, slots=True)
class Settings:
    """The values in force. Field types are bool, int, float or str."""

    camera: str = _setting(
        "", "Camera", "Camera",
        "Which camera watches the desk; automatic takes the first that works.", restart=True,
    )  # fmt: skip
    camera_width_px: int = _setting(
        1280, "Camera", "Picture width", "Width asked of the camera.", unit="px",
        minimum=320, maximum=3840, restart=True,
    )  # fmt: skip
    camera_height_px: int = _setting(
        720, "Camera", "Picture height", "Height asked of the camera.", unit="px",
        minimum=240, maximum=2160, restart=True,
    )  # fmt: skip
    camera_fps: int = _setting(
        30, "Camera", "Frame rate", "Frames a second asked of the camera.", unit="fps",
        minimum=5, maximum=120, restart=True,
    )  # fmt: skip
    mirror: bool = _setting(
        True, "Camera", "Mirror the picture",
        "Show people the picture as in a mirror; what is recognised and stored is never flipped.",
    )  # fmt: skip
    detector: str = _setting(
        "", "Recognition", "Face detector",
        "Name of the detection model; automatic takes the best that is installed.", restart=True,
    )  # fmt: skip
    embedder: str = _setting(
        "", "Recognition", "Face embedder",
        "Name of the embedding model; automatic keeps the one that people are known to.",
        restart=True,
    )  # fmt: skip
    provider: str = _setting(
        "auto", "Recognition", "Run models on",
        "Which processor runs the models; automatic takes the fastest that passes its self-test.",
        choices=("auto", "cuda", "directml", "coreml", "openvino", "cpu"), restart=True,
    )  # fmt: skip
    smallest_face_px: int = _setting(
        60, "Recognition", "Smallest face",
        "Faces smaller than this in the picture are not looked at; larger values are faster.",
        unit="px", minimum=20, maximum=400, restart=True,
    )  # fmt: skip
    stranger_visits_per_name: int = _setting(
        1000, "Recognition", "Stranger visits per wrong name",
        "At most one in so many visits by strangers may be given a name; the similarity that is "
        "asked for follows from it, the model and the people enrolled.",
        unit="visits", minimum=100, maximum=1_000_000, restart=True,
    )  # fmt: skip
    runner_up_margin: float = _setting(
        0.05, "Recognition", "Lead over the next person",
        "By how much the best person's similarity must exceed the next person's.",
        minimum=0.0, maximum=0.5, restart=True,
    )  # fmt: skip
    votes: int = _setting(
        3, "Recognition", "Frames that must agree",
        "How many good frames of one face must agree before a name is given.",
        unit="frames", minimum=1, maximum=15, restart=True,
    )  # fmt: skip
    visitors_a_day: int = _setting(
        20, "Recognition", "Strangers a day",
        "How many people who are not enrolled look at the camera on a day; only for the forecast "
        "of wrong names a year.",
        unit="visits", minimum=0, maximum=100_000,
    )  # fmt: skip
    mistake_days: int = _setting(
        180, "Recognition", "Remember mistakes",
        "After “not me” the same face does not get this name again for so many days; 0 is never.",
        unit="days", minimum=0, maximum=3650,
    )  # fmt: skip
    renew_samples: bool = _setting(
        False, "Recognition", "Renew faces by check-ins",
        "Very safe check-ins of people who gave their consent become samples, two at most, so that "
        "the kiosk keeps knowing them as they change.",
    )  # fmt: skip
    review_days: int = _setting(
        0, "Recognition", "Keep near misses",
        "For how many days the picture of somebody who was almost recognised is kept, sealed, for "
        "an administrator to look at; 0 is never.",
        unit="days", minimum=0, maximum=30,
    )  # fmt: skip
    liveness: str = _setting(
        "challenge if unsure", "Liveness", "Living faces only",
        "Whether a face must be found alive before it counts: by looking at several frames, by "
        "asking for small movements where that leaves doubt, or by always asking.",
        choices=("off", "passive", "challenge if unsure", "always challenge"), restart=True,
    )  # fmt: skip
    challenge_moves: int = _setting(
        2, "Liveness", "Movements asked for",
        "How many movements a challenge asks for; more are safer and slower.",
        unit="moves", minimum=1, maximum=3, restart=True,
    )  # fmt: skip
    living_enrolment: bool = _setting(
        True, "Liveness", "Photograph living faces only",
        "While living faces are asked for, a photo by the camera is taken of a person and not of a "
        "picture of one.",
        restart=True,
    )  # fmt: skip
    liveness_failures: int = _setting(
        3, "Liveness", "Tries before a pause",
        "After so many refused tries with one name its face is not accepted for a while.",
        unit="tries", minimum=1, maximum=20, restart=True,
    )  # fmt: skip
    liveness_pause_s: int = _setting(
        60, "Liveness", "Pause after refused tries",
        "For how long a face is not accepted after too many refused tries; PIN and badge are.",
        unit="s", minimum=10, maximum=3600, restart=True,
    )  # fmt: skip
    liveness_model: str = _setting(
        "", "Liveness", "Liveness model",
        "Name of the network that looks at faces; automatic takes the best that is installed.",
        restart=True,
    )  # fmt: skip
    virtual_cameras: bool = _setting(
        False, "Liveness", "Accept virtual cameras",
        "A virtual camera shows whatever a program gives it, a recording for example; while living "
        "faces are asked for it is refused unless this is on.",
        restart=True,
    )  # fmt: skip
    cooldown_s: int = _setting(
        300, "Attendance", "Pause between punches",
        "Within this time after a punch, seeing the same person again records nothing.",
        unit="s", minimum=10, maximum=14400,
    )  # fmt: skip
    direction: str = _setting(
        "automatic", "Attendance", "In, out or break",
        "Automatic goes by the last punch of the day; ask lets people choose, and takes the "
        "likeliest when they do not.",
        choices=("automatic", "ask"),
    )  # fmt: skip
    day_starts_hour: int = _setting(
        4, "Attendance", "Working day starts at",
        "Local hour at which a new working day begins; the first punch after it is an in.",
        unit="h", minimum=0, maximum=12,
    )  # fmt: skip
    zone: str = _setting(
        "", "Attendance", "Time zone",
        "IANA name such as Europe/Berlin; empty takes the computer's.",
    )  # fmt: skip
    pin: bool = _setting(
        True, "PIN and badge", "Check in with a PIN",
        "Offer staff number and PIN at the kiosk, to everybody who was given a PIN.",
    )  # fmt: skip
    shortest_pin: int = _setting(
        4, "PIN and badge", "Shortest PIN",
        "How many digits a new PIN must have; PINs that were set before stay valid.",
        unit="digits", minimum=4, maximum=12,
    )  # fmt: skip
    shuffled_keypad: bool = _setting(
        False, "PIN and badge", "Shuffle the keypad",
        "Put the digits in a new order each time, so that fingers do not give the PIN away.",
    )  # fmt: skip
    badge_reader: bool = _setting(
        True, "PIN and badge", "Badges at a reader",
        "Accept badges from a reader that types like a keyboard, while the kiosk page is shown.",
    )  # fmt: skip
    badge_camera: bool = _setting(
        True, "PIN and badge", "Badges at the camera",
        "Accept badges with a QR or bar code that are held to the camera.",
    )  # fmt: skip
    ask_consent: bool = _setting(
        True, "Privacy", "Ask for consent",
        "Ask whoever is enrolled to agree, in writing and in their language, before a photo is "
        "taken.",
    )  # fmt: skip
    keep_crops: bool = _setting(
        True, "Privacy", "Keep enrolment crops",
        "Keep the small aligned face picture of each sample, so that a new model can re-read it.",
    )  # fmt: skip
    webhook_url: str = _setting(
        "", "Other systems", "Webhook",
        "Address (https) that is told of each punch, signed and until it has it; empty is off.",
    )  # fmt: skip
    webhook_secret: str = _setting(
        "", "Other systems", "Webhook's secret",
        "What both sides know and requests are signed with; `facedesk outbox secret` makes one.",
        secret=True,
    )  # fmt: skip
    drop_folder: str = _setting(
        "", "Other systems", "Folder for punches",
        "Whole path of a folder that gets a file for each punch; empty is off.",
    )  # fmt: skip
    drop_format: str = _setting(
        "json", "Other systems", "Files in it", "How the files are written.",
        choices=("json", "csv"),
    )  # fmt: skip
    privacy_notice: str = _setting(
        "Faces are recognised here to record working times. Pictures stay on this computer. "
        "You may ask for your data, and check in without your face.",
        "Privacy", "Notice at the kiosk",
        "What people can read about their data before they are recognised.",
    )  # fmt: skip
    keep_leavers_days: int = _setting(
        90, "Privacy", "Keep people who left",
        "So long after somebody inactive was last heard of, face data and details are due to be "
        "erased; 0 is for ever.",
        unit="days", minimum=0, maximum=36_500,
    )  # fmt: skip
    keep_pictures_days: int = _setting(
        0, "Privacy", "Keep enrolment pictures",
        "So long after it was taken, a picture is due; faces stay known. 0 is for ever.",
        unit="days", minimum=0, maximum=36_500,
    )  # fmt: skip
    keep_punches_days: int = _setting(
        0, "Privacy", "Keep the attendance log",
        "Older punches are due; the law says how long they must be kept. 0 is for ever.",
        unit="days", minimum=0, maximum=36_500,
    )  # fmt: skip
    keep_audit_days: int = _setting(
        0, "Privacy", "Keep the audit log",
        "Older entries of who did what are due. 0 is for ever.",
        unit="days", minimum=0, maximum=36_500,
    )  # fmt: skip
    erase_by_itself: bool = _setting(
        False, "Privacy", "Erase by itself",
        "Erase what is due once a day; otherwise an admin looks at it first and erases it.",
    )  # fmt: skip
    sign_out_after_min: int = _setting(
        10, "Window", "Sign out after",
        "Without input for so long, the window is the kiosk again; needs accounts.",
        unit="min", minimum=1, maximum=240,
    )  # fmt: skip
    backup_every_h: int = _setting(
        24, "Safety", "Hours between backups",
        "How often a checked copy of the database is made while FaceDesk runs; 0 is never.",
        unit="h", minimum=0, maximum=720,
    )  # fmt: skip
    backups_kept: int = _setting(
        14, "Safety", "Backups kept",
        "How many scheduled backups are kept; the oldest goes when a new one was checked.",
        minimum=1, maximum=1000,
    )  # fmt: skip
    backup_folder: str = _setting(
        "", "Safety", "Folder for backups",
        "Where backups go, best on another disk; empty is the folder “backups” beside the data.",
    )  # fmt: skip
    key_place: str = _setting(
        "auto", "Safety", "Where a new key goes",
        "Faces are stored sealed; automatic puts the key into the system's key store where one "
        "answers, and into a key file elsewhere.",
        choices=("auto", "key file"),
    )  # fmt: skip
    key_file: str = _setting(
        "", "Safety", "Key file",
        "Whole path of the key file, best on another disk; empty is beside the database.",
    )  # fmt: skip
    theme: str = _setting(
        "system", "Window", "Appearance", "Light, dark, or as the system has it.",
        choices=("system", "light", "dark"),
    )  # fmt: skip
    language: str = _setting(
        "auto", "Window", "Language",
        "Automatic is the system's, English where it is not known; applies at the next start.",
        choices=("auto", "en", "de"),
    )  # fmt: skip
    organisation: str = _setting("", "Window", "Organisation", "Shown on the kiosk page.")

    @property
    def version(self) -> str:
        """Short hash of what decides about punches, stored with each so that it can be explained
        later.
        """
        rules = {
            name: getattr(self, name) for name, _, about in declared() if about.section in _DECIDING
        }
        text = json.dumps(rules, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def declared() -> Iterator[tuple[str, Any, Declared]]:
    """(name, default, declaration) of every setting, in the order of declaration."""
    for entry in fields(Settings):
        yield entry.name, entry.default, entry.metadata["declared"]


def words_of(settings: Settings) -> dict[str, str]:
    """Every setting as text, for the audit log; of secrets only that they are another one."""
    words = {}
    for name, _, about in declared():
        text = str(getattr(settings, name))
        words[name] = hashlib.sha256(text.encode()).hexdigest()[:8] if about.secret else text
    return words


def checked(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    """`settings` with `changes` applied. Raises BadInputError naming the first bad value."""
    known = {name: (default, about) for name, default, about in declared()}
    for name, value in changes.items():
        if name not in known:
            raise BadInputError(tr("Unknown setting"), tr("There is no setting {name}.", name=name))
        default, about = known[name]
        label = tr(about.label)
        wanted = type(default)
        fits = isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))
        if wanted is float and isinstance(value, int) and not isinstance(value, bool):
            fits = True
        if not fits:
            raise BadInputError(
                tr("Setting not accepted"),
                tr("{label} must be {kind}.", label=label, kind=_kind_text(wanted)),
            )
        if about.choices and value not in about.choices:
            words = tr("{label} must be one of {list}.", label=label, list=", ".join(about.choices))
            raise BadInputError(tr("Setting not accepted"), words)
        low, high = about.minimum, about.maximum
        # Also NaN is neither above the one nor below the other.
        if not ((low is None or value >= low) and (high is None or value <= high)):
            raise BadInputError(
                tr("Setting not accepted"),
                tr("{label} must lie between {low:g} and {high:g} {unit}.",
                   label=label, low=low, high=high, unit=tr(about.unit)),
            )  # fmt: skip
    return replace(settings, **changes)


def _kind_text(kind: type) -> str:
    words = {bool: tr("true or false"), int: tr("a whole number"), float: tr("a number")}
    return words.get(kind, tr("a text"))
