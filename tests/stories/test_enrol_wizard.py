"""The wizard on the real program: real window, SQLite and models, faces before the camera."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtWidgets import QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from facedesk import settings_file
from facedesk.core.guided_capture import View
from facedesk.core.records import CameraState, Image, Person
from facedesk.engine.desk import Desk
from facedesk.gui.dialogs import Message
from facedesk.gui.enrol_wizard import EnrolWizard
from facedesk.gui.main_window import MainWindow
from facedesk.lab.spoil import blurred, dark, profile, tiny
from facedesk.paths import DataPaths
from facedesk.settings import Settings
from facedesk.vision.pictures import encode_jpeg, read_picture
from tests.stories.test_window import program
from tests.videos import Tape, write_scene

pytestmark = [pytest.mark.model, pytest.mark.data, pytest.mark.timeout(300)]
_WAIT_MS = 60_000


@pytest.fixture(autouse=True)
def _models(public_models: Path) -> None:
    """Every story runs on the public models."""


@pytest.fixture
def faces(shared_dir: Path) -> Path:
    folder = shared_dir / "data/lfw/images"
    if not folder.is_dir():
        pytest.skip("no LFW pictures on this machine")
    return folder


def picture_of(faces: Path, name: str, number: int) -> Path:
    return sorted((faces / name).iterdir())[number]


def before_the_camera(image: Image) -> Image:
    """A picture of LFW as a webcam would show it: 640x480, the face about 200 px wide."""
    large = cv2.resize(image, (480, 480), interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(cv2.copyMakeBorder(large, 0, 0, 80, 80, cv2.BORDER_REPLICATE))


class Story:
    """An admin at the window of the real program."""

    def __init__(self, desk: Desk, window: MainWindow, qtbot: QtBot) -> None:
        self.desk, self.window, self.qtbot = desk, window, qtbot
        window.show_page(1)

    def open(self) -> EnrolWizard:
        self.window.people.add()
        (self.wizard,) = self.window.people.findChildren(EnrolWizard)
        return self.wizard

    def who(self, name: str, **fields: str) -> None:
        self.wizard.person.fields.name.setText(name)
        for field, text in fields.items():
            part = self.wizard.person if field == "pin" else self.wizard.person.fields
            getattr(part, field).setText(text)
        self.next("consent")

    def agree(self) -> None:
        self.wizard.consent.recorded_by.setText("Petra")
        self.wizard.consent.agree.setChecked(True)
        self.next("photos")

    def files(self, *paths: Path) -> None:
        self.wizard.photos.tray.camera_button.setChecked(False)
        self.wizard.photos.tray.add_files(list(paths))
        self.wait(lambda: not self.wizard.photos.tray.waiting)

    def badges(self) -> list[str]:
        return [card.badge.text for card in self.wizard.photos.tray.cards]

    def next(self, step: str) -> None:
        self.wait(self.wizard.next_button.isEnabled)
        self.wizard.next_button.click()
        self.wait(lambda: self.wizard.step is getattr(self.wizard, step))

    def check(self) -> None:
        self.next("check")
        self.wait(lambda: self.wizard.check.checked is not None)

    def save(self) -> None:
        with self.qtbot.waitSignal(self.wizard.person_saved, timeout=_WAIT_MS):
            self.wizard.next_button.click()

    def cancel(self) -> None:
        self.wizard.cancel_button.click()
        message = self.wizard.findChildren(Message)[-1]
        next(b for b in message.findChildren(QPushButton) if b.text() == "Discard").click()
        self.wait(lambda: not self.window.people.findChildren(EnrolWizard))

    def wait(self, condition: object) -> None:
        self.qtbot.waitUntil(condition, timeout=_WAIT_MS)  # type: ignore[arg-type]


@contextmanager
def story(qtbot: QtBot, tmp_path: Path, source: object) -> Iterator[Story]:
    """Without a question to the living: a picture before the camera does not blink."""
    paths = DataPaths(tmp_path / "data").prepare()
    settings_file.save(paths.settings, Settings(liveness="off", zone="Europe/Berlin"))
    with program(tmp_path, source) as (desk, window):
        yield Story(desk, window, qtbot)


def enrolled(desk: Desk, name: str, *paths: Path) -> Person:
    enrolment = desk.enrolment
    drafts = [enrolment.draft(enrolment.examine_file(path)) for path in paths]
    return enrolment.enrol(Person(0, name), drafts)


def test_a_video_as_camera_and_somebody_is_enrolled_and_checked_in(
    qtbot: QtBot, tmp_path: Path, faces: Path
) -> None:
    standing = before_the_camera(read_picture(picture_of(faces, "Al_Gore", 5)))
    tape = Tape(write_scene(tmp_path / "standing.avi", standing))
    with story(qtbot, tmp_path, tape) as told:
        wizard = told.open()
        told.who("Zoë Müller", staff_number="17", pin="8261")
        told.agree()
        guided = wizard.photos.tray.camera
        assert guided.isVisible()  # a camera is live, so it is open
        told.wait(lambda: guided.guide is not None and View.FRONT in guided.guide.taken)
        told.files(picture_of(faces, "Al_Gore", 3), picture_of(faces, "Al_Gore", 4))
        assert "Good photo" in told.badges()
        told.check()
        assert wizard.check.cards == []
        told.next("trial")
        told.wait(lambda: wizard.trial.recognised)
        tried = wizard.trial.tried
        assert tried is not None
        assert tried.decision is not None
        assert tried.decision.score > tried.decision.threshold
        hold = told.desk.administration.hold
        held: list[bool] = []
        wizard.person_saved.connect(lambda person: held.append(hold(person.id)))
        told.save()
        assert held == [True]  # under the window nobody is checked in
        (person,) = told.desk.people.list()
        assert person.samples == len(wizard.photos.tray.usable)
        assert told.desk.credentials.pins().keys() == {person.id}
        # Usable at once, without a restart.
        told.wait(lambda: bool(told.desk.punches.log(None, None)))
        assert told.desk.punches.log(None, None)[0].name == "Zoë Müller"


def test_whoever_declines_has_no_face_in_the_database(qtbot: QtBot, tmp_path: Path) -> None:
    with story(qtbot, tmp_path, "demo") as told:
        wizard = told.open()
        told.who("Zoë Müller", staff_number="17", pin="8261")
        wizard.consent.recorded_by.setText("Petra")
        wizard.consent.decline.setChecked(True)
        told.save()
        (person,) = told.desk.people.list()
        assert person.samples == 0
        assert told.desk.credentials.verify("17", "8261") == person


def test_the_same_face_under_another_name_is_found(
    qtbot: QtBot, tmp_path: Path, faces: Path
) -> None:
    with story(qtbot, tmp_path, "demo") as told:
        gore = enrolled(told.desk, "Al Gore", *(picture_of(faces, "Al_Gore", k) for k in (0, 1)))
        enrolled(told.desk, "Tony Blair", picture_of(faces, "Tony_Blair", 0))
        wizard = told.open()
        told.who("Somebody Else")
        told.agree()
        told.files(picture_of(faces, "Al_Gore", 3), picture_of(faces, "Al_Gore", 4))
        told.check()
        (card,) = wizard.check.cards
        assert card.other.name == "Al Gore"
        card.same_button.click()
        message = wizard.findChildren(Message)[-1]
        with qtbot.waitSignal(wizard.person_saved, timeout=_WAIT_MS):
            next(
                b for b in message.findChildren(QPushButton) if b.text() == "Add the photos"
            ).click()
        assert len(told.desk.people.list()) == 2
        assert told.desk.people.get(gore.id).samples == 4


def test_poor_photos_are_refused_with_the_right_reason_and_of_two_faces_one_is_clicked(
    qtbot: QtBot, tmp_path: Path, faces: Path
) -> None:
    gore = read_picture(picture_of(faces, "Al_Gore", 0))
    blair = read_picture(picture_of(faces, "Tony_Blair", 0))
    pictures = {
        "blurred": blurred(gore, 0),
        "dark": dark(gore, 0),
        "turned": profile(gore, 0),
        "two": np.ascontiguousarray(np.hstack((gore, blair[:, 45:205]))),
    }
    for name, image in pictures.items():
        (tmp_path / f"{name}.jpg").write_bytes(encode_jpeg(image, 95))
    with story(qtbot, tmp_path, "demo") as told:
        wizard = told.open()
        told.who("Al Gore")
        told.agree()
        for name, badge in (
            ("blurred", "Blurred"),
            ("dark", "Too dark"),
            ("turned", "Turned away"),
        ):
            told.files(tmp_path / f"{name}.jpg")
            assert badge in told.badges()[-1], name
        assert not wizard.next_button.isEnabled()
        told.files(tmp_path / "two.jpg")
        assert told.badges()[-1] == "2 faces"
        assert not wizard.next_button.isEnabled()
        wizard.findChildren(QToolButton, "faceChoice")[0].click()
        assert told.badges()[-1] == "Good photo"
        told.check()
        told.next("trial")
        told.save()
        assert told.desk.people.list()[0].samples == 1


def test_cancel_at_every_step_leaves_no_trace_and_there_is_one_wizard(
    qtbot: QtBot, tmp_path: Path, faces: Path
) -> None:
    with story(qtbot, tmp_path, "demo") as told:
        told.wait(lambda: told.desk.camera_state is CameraState.LIVE)
        _ = told.desk.enrolment  # its models are loaded now, and write their self-tests
        before = trace(tmp_path / "data")
        for last in range(5):
            wizard = told.open()
            told.window.people.add()
            assert len(told.window.people.findChildren(EnrolWizard)) == 1
            wizard.person.fields.name.setText("Zoë Müller")
            steps = (
                lambda: told.who("Zoë Müller", staff_number="17", pin="8261"),
                told.agree,
                lambda: (told.files(picture_of(faces, "Al_Gore", 0)), told.check()),
                lambda: told.next("trial"),
            )
            for step in steps[:last]:
                step()
            told.cancel()
            assert trace(tmp_path / "data") == before, f"after step {last}"


def test_what_the_camera_shows_is_not_taken_and_the_words_say_why(
    qtbot: QtBot, tmp_path: Path, faces: Path
) -> None:
    gore = read_picture(picture_of(faces, "Al_Gore", 5))
    blair = before_the_camera(read_picture(picture_of(faces, "Tony_Blair", 0)))
    good = before_the_camera(gore)
    scenes = {
        "It is too dark. Turn on a light, or face the window.": dark(good, 0),
        "Hold still.": before_the_camera(blurred(gore, 0)),
        "Come closer.": tiny(good, 0),
        "Not so far. Turn back a little.": before_the_camera(profile(gore, 0)),
        "Only one person, please.": np.hstack((good[:, 120:520], blair[:, 120:520])),
    }
    videos = {
        words: write_scene(tmp_path / f"{number}.avi", image)
        for number, (words, image) in enumerate(scenes.items())
    }
    tape = Tape(next(iter(videos.values())))
    with story(qtbot, tmp_path, tape) as told:
        told.wait(lambda: told.desk.camera_state is CameraState.LIVE)
        wizard = told.open()
        told.who("Al Gore")
        told.agree()
        guided = wizard.photos.tray.camera
        for words, video in videos.items():
            tape.put_in(video)
            told.wait(lambda words=words: guided.view.words == words)
        assert wizard.photos.tray.cards == []
        assert not wizard.next_button.isEnabled()
        guided.shutter.click()  # by hand it may be tried, and the same gate judges
        told.wait(lambda: told.badges() == ["2 faces"])
        wizard.photos.tray.cards[0].remove_button.click()
        tape.put_in(write_scene(tmp_path / "good.avi", good))
        told.wait(lambda: told.badges() == ["Good photo"])
        assert guided.guide is not None
        assert guided.guide.taken == (View.FRONT,)


def test_the_camera_is_lost_in_the_middle_and_the_enrolment_goes_on(
    qtbot: QtBot, tmp_path: Path, faces: Path
) -> None:
    tape = Tape(write_scene(tmp_path / "nobody.avi", np.full((480, 640, 3), 128, np.uint8)))
    with story(qtbot, tmp_path, tape) as told:
        videos = {
            view: write_scene(tmp_path / f"{view}.avi", image)
            for view, image in poses(told.desk, faces / "Tony_Blair").items()
        }
        told.wait(lambda: told.desk.camera_state is CameraState.LIVE)
        wizard = told.open()
        told.who("Zoë Müller")
        told.agree()
        guided = wizard.photos.tray.camera
        told.wait(lambda: guided.guide is not None)

        def show(view: View) -> None:
            tape.put_in(videos[view])
            told.wait(lambda: guided.guide is not None and view in guided.guide.taken)

        show(View.FRONT)
        tape.pull()
        told.wait(lambda: guided.view.notice is not None)
        assert not guided.shutter.isEnabled()
        tape.plug_in()
        show(View.LEFT)
        show(View.RIGHT)
        assert {card.badge.text for card in wizard.photos.tray.cards} == {"Good photo"}
        told.check()
        told.next("trial")
        tape.pull()
        told.wait(lambda: wizard.trial.view.notice is not None)
        tape.put_in(videos[View.FRONT])
        tape.plug_in()
        told.wait(lambda: wizard.trial.recognised)
        told.save()
        assert told.desk.people.list()[0].samples >= 3


def trace(folder: Path) -> tuple[list[str], dict[str, int]]:
    """The files of a data folder that keep anything, and the rows of each table about people."""
    files = [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.suffix not in (".log", ".db-wal", ".db-shm")
    ]
    connection = sqlite3.connect(f"file:{folder / 'facedesk.db'}?mode=ro", uri=True)
    try:
        tables = ("people", "samples", "consents", "consent_texts", "pins", "badges", "told_apart",
                  "punches", "receipts")  # fmt: skip
        rows = {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
            for table in tables
        }
    finally:
        connection.close()
    return files, rows


def poses(desk: Desk, folder: Path) -> dict[View, Image]:
    """A frontal picture of a person and one turned to each side, of those in the folder."""
    found: list[tuple[float, float, Image]] = []
    for path in sorted(folder.iterdir()):
        image = before_the_camera(read_picture(path))
        examined = desk.enrolment.examine(image, "test").faces
        if len(examined) == 1 and examined[0].quality.good:
            quality = examined[0].quality
            found.append((quality.yaw_deg, quality.pitch_deg, image))
    front_yaw, front_pitch, front = min(found, key=lambda one: abs(one[0]))

    def turned(sign: int) -> Image:
        """About 21 degrees to one side, and neither lifted nor lowered."""

        def off(one: tuple[float, float, Image]) -> float:
            return abs(sign * (one[0] - front_yaw) - 21.0) + abs(one[1] - front_pitch)

        return min(found, key=off)[2]

    return {View.FRONT: front, View.LEFT: turned(1), View.RIGHT: turned(-1)}
