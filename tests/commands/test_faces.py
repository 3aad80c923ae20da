"""`enroll`, `identify`, `people`, `watch` and `models` with public models and real faces."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from facedesk.vision.pictures import encode_jpeg, read_picture
from tests.commands.conftest import Run
from tests.videos import write_video

pytestmark = [pytest.mark.model, pytest.mark.data]
FACE_KEYS = {"name", "person_id", "decision", "score", "runner_up", "threshold", "reason", "box",
             "landmarks"}  # fmt: skip


@pytest.fixture
def lfw(shared_dir: Path, public_models: Path) -> Path:
    folder = shared_dir / "data" / "lfw" / "images"
    if not folder.is_dir():
        pytest.skip("no LFW pictures on this machine")
    return folder


def faces(lfw: Path, person: str) -> list[Path]:
    return sorted((lfw / person).iterdir())


def test_enrol_then_identify_known_and_stranger(facedesk: Run, lfw: Path) -> None:
    first, second = faces(lfw, "Abdullah_Gul")[:2]
    done = facedesk("enroll", "--name", "Ábdullah 居爾", "--staff-number", "7", first)
    assert (done.code, done.err) == (0, "")
    assert "Enrolled Ábdullah 居爾 with 1 of 1 pictures" in done.out
    known, stranger = facedesk("identify", "--json", second, faces(lfw, "Adrien_Brody")[0]).json
    assert set(known) == {"file", "error", "faces"}
    [face] = known["faces"]
    assert set(face) == FACE_KEYS
    assert (face["name"], face["person_id"], face["decision"]) == ("Ábdullah 居爾", 1, "known")
    assert face["score"] >= face["threshold"] > 0
    x1, y1, x2, y2 = face["box"]
    assert 0 <= x1 < x2 <= 250
    assert len(face["landmarks"]) == 5
    assert all(x1 <= x <= x2 and y1 <= y <= y2 for x, y in face["landmarks"])
    assert stranger["faces"][0]["decision"] == "unknown"
    assert stranger["faces"][0]["name"] is None
    assert "below" in stranger["faces"][0]["reason"]
    again = facedesk("enroll", "--name", "Ábdullah 居爾", second)
    assert (again.code, "Already enrolled" in again.err) == (1, True)
    namesake = facedesk("enroll", "--name", "Ábdullah 居爾", "--staff-number", "8", second)
    assert (namesake.code, "looks like Ábdullah 居爾" in namesake.err) == (0, True)
    assert facedesk("people", "remove", 2, "--yes").code == 0
    table = facedesk("identify", second).out
    assert "known" in table
    assert "Ábdullah 居爾" in table


def test_pictures_that_cannot_be_used(facedesk: Run, lfw: Path, tmp_path: Path) -> None:
    good = read_picture(faces(lfw, "Abdullah_Gul")[0])
    other = read_picture(faces(lfw, "Adrien_Brody")[0])
    bad = {
        "empty.jpg": b"",
        "text.jpg": b"not a picture",
        "nobody.jpg": encode_jpeg(np.full((200, 200, 3), 90, np.uint8)),
        "two.jpg": encode_jpeg(np.hstack([good, other])),
        "dark.jpg": encode_jpeg((good * 0.08).astype(np.uint8)),
        "blurred.jpg": encode_jpeg(cv2.GaussianBlur(good, (0, 0), 4)),
    }
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
        done = facedesk("enroll", "--name", "X", tmp_path / name)
        assert done.code == 1, name
        assert name in done.err
        assert "not enrolled" in done.err
    for word, name in (
        ("Several", "two.jpg"),
        ("No face", "nobody.jpg"),
        ("blurred", "blurred.jpg"),
    ):
        assert word in facedesk("enroll", "--name", "X", tmp_path / name).err
    assert facedesk("people", "--json").json == []
    answer = facedesk("identify", "--json", tmp_path / "empty.jpg", tmp_path / "nobody.jpg")
    assert answer.code == 1
    assert [bool(row["error"]) for row in answer.json] == [True, False]


def test_rotated_picture_works(facedesk: Run, lfw: Path, tmp_path: Path) -> None:
    from PIL import Image

    with Image.open(faces(lfw, "Abdullah_Gul")[0]) as picture:
        exif = Image.Exif()
        exif[0x0112] = 6  # stored a quarter turn to the left
        picture.rotate(90, expand=True).save(tmp_path / "rotated.jpg", exif=exif, quality=95)
    assert facedesk("enroll", "--name", "Abdullah", tmp_path / "rotated.jpg").code == 0


def test_folder_is_enrolled_once(facedesk: Run, lfw: Path, tmp_path: Path) -> None:
    names = ["Abdullah_Gul", "Adrien_Brody", "Al_Gore"]
    for name in names:
        folder = tmp_path / "staff" / name
        folder.mkdir(parents=True)
        (folder / "1.webp").write_bytes(faces(lfw, name)[0].read_bytes())
    (tmp_path / "staff" / "Nobody").mkdir()
    first = facedesk("enroll", "--folder", tmp_path / "staff")
    assert "3 enrolled, 0 already enrolled, 1 refused" in first.out
    assert first.code == 1
    assert "3 already enrolled" in facedesk("enroll", "--folder", tmp_path / "staff").out
    people = facedesk("people", "--json").json
    assert [person["name"] for person in people] == [name.replace("_", " ") for name in names]
    added = facedesk("enroll", "--name", "Al Gore", "--add", faces(lfw, "Al_Gore")[1])
    assert added.code == 0
    assert facedesk("people", "--search", "gore", "--json").json[0]["samples"] == 2
    person_id = facedesk("people", "--search", "gore", "--json").json[0]["person_id"]
    assert facedesk("people", "remove", person_id, "--yes").code == 0
    assert len(facedesk("people", "--json").json) == 2


def test_an_import_is_tried_reported_and_leaves_out_somebody_else(
    facedesk: Run, lfw: Path, tmp_path: Path
) -> None:
    """Another person's photo among somebody's would greet two people by one name."""
    staff = tmp_path / "staff"
    for name in ("Abdullah_Gul", "Al_Gore"):
        (staff / name).mkdir(parents=True)
        for number, file in enumerate(faces(lfw, name)[:3]):
            (staff / name / f"{number}.webp").write_bytes(file.read_bytes())
    (staff / "Al_Gore" / "stranger.webp").write_bytes(faces(lfw, "Adrien_Brody")[0].read_bytes())
    tried = facedesk("enroll", "--folder", staff, "--dry-run")
    assert tried.out.startswith("Nothing saved: 2 enrolled")
    assert "pictures a second" in tried.out
    assert facedesk("people", "--json").json == []
    done = facedesk("enroll", "--folder", staff, "--report", tmp_path / "report.csv")
    assert (done.code, "stranger.webp: Does not look like" in done.err) == (0, True)
    assert [person["samples"] for person in facedesk("people", "--json").json] == [3, 3]
    assert "stranger.webp" in (tmp_path / "report.csv").read_text(encoding="utf-8-sig")
    one = facedesk("enroll", "--name", "Al Gore", "--add", staff / "Al_Gore" / "stranger.webp")
    assert (one.code, "Does not look like" in one.err) == (1, True)
    kept = facedesk(
        "enroll", "--name", "Al Gore", "--add", "--keep-unlike", staff / "Al_Gore" / "stranger.webp"
    )
    assert kept.code == 0
    assert facedesk("enroll", "--name", "X", "--dry-run", "a.jpg").code == 2


def test_a_list_is_enrolled_with_number_and_department(
    facedesk: Run, lfw: Path, tmp_path: Path
) -> None:
    (tmp_path / "gul.webp").write_bytes(faces(lfw, "Abdullah_Gul")[0].read_bytes())
    (tmp_path / "people.csv").write_text(
        "name,staff_number,department,file\nÁbdullah 居爾,0007,Tables,gul.webp\n", encoding="utf-8"
    )
    assert facedesk("enroll", "--list", tmp_path / "people.csv").code == 0
    [person] = facedesk("people", "--json").json
    assert (person["name"], person["staff_number"]) == ("Ábdullah 居爾", "0007")
    assert "1 already enrolled" in facedesk("enroll", "--list", tmp_path / "people.csv").out


def test_video_of_enrolled_people_greets_each_by_name_once(
    facedesk: Run, lfw: Path, tmp_path: Path
) -> None:
    """The main job: enrolled people walk past a video camera and are checked in, a stranger not."""
    people = ["Abdullah_Gul", "Al_Gore", "Amelie_Mauresmo"]
    for name in people:
        assert facedesk("enroll", "--name", name, faces(lfw, name)[0]).code == 0
    seen = [faces(lfw, name)[1] for name in people]
    seen.insert(1, faces(lfw, "Adrien_Brody")[0])
    video = write_video(tmp_path / "video.avi", [read_picture(path) for path in seen])
    result = facedesk("watch", "--source", video, "--headless", "--json")
    assert result.code == 0
    assert result.err.splitlines() == [
        "Faces in files are taken as they are; --living asks for living ones."
    ]
    events = result.lines
    punches = [event for event in events if event["event"] == "punch_recorded"]
    assert [punch["name"] for punch in punches] == people
    assert all({"utc", "person_id", "direction", "score", "reason"} <= set(p) for p in punches)
    assert {punch["direction"] for punch in punches} == {"in"}
    assert sum(event["event"] == "unknown_seen" for event in events) == 1
    assert [event["state"] for event in events if event["event"] == "camera_changed"] == [
        "opening", "live", "stopped",
    ]  # fmt: skip
    assert events[-1]["event"] == "stopped"
    assert events[-1]["frames_read"] == events[-1]["frames_recognised"] > 100
    exported = facedesk("export", "--format", "json").json
    assert [row["name"] for row in exported] == people


def test_a_filmed_photograph_is_checked_in_unless_living_faces_are_asked_for(
    facedesk: Run, shared_dir: Path
) -> None:
    webcam = shared_dir / "data" / "webcam"
    if not webcam.is_dir():
        pytest.skip("no webcam clips on this machine")
    assert facedesk("enroll", "--name", "Ada", *(webcam / "enrol" / "0004").iterdir()).code == 0
    watch = ("watch", "--headless", "--source", webcam / "attack" / "0004_00_01.mp4")
    refused = facedesk(*watch, "--living")
    assert (refused.err, "0 punches" in refused.out) == ("", True)
    assert "1 punches" in facedesk(*watch).out


def test_corrupt_video_fails_with_a_reason(
    facedesk: Run, public_models: Path, tmp_path: Path
) -> None:
    (tmp_path / "bad.avi").write_bytes(b"RIFF" + b"\0" * 500)
    result = facedesk("watch", "--source", tmp_path / "bad.avi", "--headless", "--json")
    assert result.code == 1
    assert "bad.avi" in result.out + result.err


def test_models_are_listed_verified_and_installed(
    facedesk: Run, public_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = facedesk("models", "list", "--json").json
    assert {"detect", "embed"} <= {card["task"] for card in listed}
    assert all(len(card["sha256"]) == 64 and card["contract"] for card in listed)
    assert facedesk("models", "verify").code == 0
    monkeypatch.delenv("FACEDESK_MODELS")
    done = facedesk("models", "install", public_models / "mobilefacenet_foamliu.onnx")
    assert done.code == 0
    installed = tmp_path / "data" / "models" / "mobilefacenet_foamliu.onnx"
    assert installed.is_file()
    card = json.loads(installed.with_suffix(".json").read_text())
    assert card["task"] == "embed"
    installed.write_bytes(installed.read_bytes() + b"x")
    verdict = facedesk("models", "verify")
    assert verdict.code == 1
    assert "not the file that its card describes" in verdict.out


def test_detector_is_chosen_by_name_file_or_as_mediapipe(
    facedesk: Run, lfw: Path, public_models: Path
) -> None:
    face = faces(lfw, "Abdullah_Gul")[0]
    for wanted in ("mediapipe", "yunet_2023mar", public_models / "yunet_s_dynamic.onnx"):
        done = facedesk("identify", "--json", "--detector", wanted, face)
        assert (done.code, len(done.json[0]["faces"])) == (0, 1), wanted
    wrong = facedesk("identify", "--detector", "no_such_model", face)
    assert (wrong.code, "no_such_model" in wrong.err) == (1, True)
    other_task = public_models / "mobilefacenet_foamliu.onnx"
    assert facedesk("identify", "--detector", other_task, face).code == 1


def test_an_update_of_the_model_makes_nobody_a_stranger(
    facedesk: Run,
    lfw: Path,
    public_models: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The file of the model that people were enrolled with is no longer there."""
    first, second = faces(lfw, "Abdullah_Gul")[:2]
    older = public_models / "mobilefacenet_foamliu.onnx"
    assert facedesk("enroll", "--name", "Ada", "--embedder", older, first).code == 0
    (tmp_path / "newer").mkdir()
    for file in public_models.glob("*.onnx"):
        if file != older:
            (tmp_path / "newer" / file.name).symlink_to(file)
    monkeypatch.setenv("FACEDESK_MODELS", str(tmp_path / "newer"))
    assert facedesk("identify", "--json", first).json[0]["faces"][0]["decision"] == "unknown"
    assert "facedesk people reembed" in facedesk("doctor").out
    assert facedesk("watch", "--headless", "--source", second).code == 0
    assert facedesk("identify", "--json", first).json[0]["faces"][0]["name"] == "Ada"


def test_doctor_counts_people_whom_another_model_does_not_know(
    facedesk: Run, lfw: Path, tmp_path: Path
) -> None:
    assert facedesk("enroll", "--name", "A", faces(lfw, "Abdullah_Gul")[0]).code == 0

    def people() -> dict[str, object]:
        findings = facedesk("doctor", "--json").json["findings"]
        return next(finding for finding in findings if finding["topic"] == "people")

    assert people()["ok"] is True
    (tmp_path / "data" / "settings.json").write_text('{"embedder": "mobileface_v2_becauseofai"}')
    assert people()["ok"] is False
    assert "people reembed" in str(people()["hint"])


def test_embedder_is_the_one_that_people_are_known_to(
    facedesk: Run, lfw: Path, public_models: Path, tmp_path: Path
) -> None:
    face = faces(lfw, "Abdullah_Gul")[0]
    other = ("--embedder", public_models / "mobilefacenet_foamliu.onnx")
    assert facedesk("enroll", "--name", "A", *other, face).code == 0

    def decision(*options: object) -> str:
        return str(facedesk("identify", "--json", *options, face).json[0]["faces"][0]["decision"])

    assert decision("--embedder", "mobilefacenet_foamliu") == "known"
    assert decision() == "known"  # the best model is another one, but nobody is known to it
    # Vectors of two models are never compared.
    assert decision("--embedder", "face_reidentification_retail_0095") == "unknown"
