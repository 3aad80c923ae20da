"""Enrolling: look at a picture, refuse what would spoil the gallery, save in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from facedesk.core.clock import Clock
from facedesk.core.errors import BadInputError
from facedesk.core.guided_capture import Glimpse
from facedesk.core.language import tr
from facedesk.core.matching import Gallery
from facedesk.core.matching import match as match_gallery
from facedesk.core.quality import ENROLMENT_LIMITS, SURE_FACE, assess
from facedesk.core.records import Face, Frame, Image, Person, Quality, QualityReason, Sample, Vector
from facedesk.core.voting import advice
from facedesk.store.people import People
from facedesk.vision.align import align, kept_crop
from facedesk.vision.detect import Detector
from facedesk.vision.embed import Embedder
from facedesk.vision.pictures import encode_jpeg, read_picture
from facedesk.vision.second_look import SecondLook

# False match rate at which a person's photos are held against each other. Of two strangers 1 in 100
# would pass; of 263 own LFW photos (60 people, embedder 4) 1 is pointed out, and 97 % of another
# person's.
AGREEMENT_RATE = 1e-2
# What agrees only below this rate is kept and pointed out. Two people who look alike pass as one
# above: of 645 folders of one LFW person (215 people, embedder 4) with two photos of one of the
# three others most like them, 417 are kept as one, and 401 of these are pointed out; so are 3 of
# 742 own photos.
DOUBT_RATE = 1e-4
# Smaller faces than this share of the nearest one's area are in the background of a live picture.
_NEAR_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class SampleRules:
    """What holds for samples of one embedder. The scores are cosines: from `same_person_score` an
    examined face may be somebody who is already enrolled, from `agreement_score` two samples are
    taken for one person's, from `sure_score` without a doubt.
    """

    contract: str
    same_person_score: float
    agreement_score: float
    sure_score: float


@dataclass(frozen=True, slots=True)
class Similar:
    """The enrolled person whose face is most like an examined one."""

    person_id: int
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class ExaminedFace:
    """One face of an examined picture, with everything an admin wants to know before saving it."""

    face: Face
    quality: Quality
    vector: Vector
    crop_jpeg: bytes
    similar: Similar | None  # set only when so like that it may be the same person
    by_mesh: bool = False  # the angles of `quality` are a face mesh's


@dataclass(frozen=True, slots=True)
class Examined:
    """A picture that was looked at; faces come largest first."""

    image: Image
    source: str
    faces: tuple[ExaminedFace, ...]

    def glimpse(self, at_s: float) -> Glimpse:
        """The same as one look of the guided capture, taken at monotonic `at_s`."""
        if not self.faces:
            return Glimpse(at_s)
        nearest, *others = self.faces
        near = [f for f in others if f.face.area_px >= _NEAR_SHARE * nearest.face.area_px]
        return Glimpse(
            at_s, nearest.face, nearest.quality, nearest.vector, len(near), nearest.by_mesh
        )


@dataclass(frozen=True, slots=True)
class SampleDraft:
    """A face that passed and may be saved."""

    vector: Vector
    crop_jpeg: bytes
    source: str
    similar: Similar | None = None  # as in ExaminedFace


class Enrolment:
    """Use case of the people page and of `facedesk enroll`. Used from one thread at a time; `rules`
    may be read by any.
    """

    def __init__(
        self,
        people: People,
        detector: Detector,
        embedder: Embedder,
        gallery: Callable[[], Gallery],
        newest_frame: Callable[[], Frame | None],
        clock: Clock,
        *,
        same_person_score: float,
        agreement_score: float,
        sure_score: float,
        keep_crops: bool,
        seen_alive: Callable[[Frame, Face], bool] = lambda _frame, _face: True,
        open_second_look: Callable[[], SecondLook] | None = None,
    ) -> None:
        """`seen_alive` is asked at each look at the camera about the nearest face;
        `open_second_look` opens what looks once more at faces that seem good.
        """
        self._people = people
        self._detector = detector
        self._embedder = embedder
        self._gallery = gallery
        self._newest_frame = newest_frame
        self._clock = clock
        self.rules = SampleRules(embedder.contract, same_person_score, agreement_score, sure_score)
        self._keep_crops = keep_crops
        self._seen_alive = seen_alive
        self._open_second_look = open_second_look
        self._second_look: SecondLook | None = None

    def examine(self, image: Image, source: str) -> Examined:
        """Find and judge every face of a BGR picture that the detector is sure of.

        Of 600 untouched LFW pictures 595 score as much; with detector 1.2, of their profiles of 65
        degrees whose landmarks look like a front view, 94 of 210.
        """
        found = (face for face in self._detector.detect(image) if face.score >= SURE_FACE)
        faces = sorted(found, key=lambda face: face.area_px, reverse=True)
        if not faces:
            return Examined(image, source, ())
        crops = [self._embedder.crop(image, face.landmarks) for face in faces]
        vectors = self._embedder.embed(crops)
        examined = (
            self._judged(image, face, vector) for face, vector in zip(faces, vectors, strict=True)
        )
        return Examined(image, source, tuple(examined))

    def examine_file(self, path: Path) -> Examined:
        """Raises BadInputError when the file is no usable picture."""
        return self.examine(read_picture(path), f"file:{path.name}")

    def examine_newest(self) -> Examined:
        """Look at the camera's newest frame. Raises BadInputError when there is none."""
        frame = self._newest_frame()
        if frame is None:
            raise BadInputError(
                tr("No camera picture"),
                tr("There is no live picture to take the photo from."),
                tr("Connect a camera, or add photos from files."),
            )
        examined = self.examine(frame.image, "camera")
        if not examined.faces:
            return examined
        nearest, *others = examined.faces
        if self._seen_alive(frame, nearest.face):
            return examined
        reasons = (*nearest.quality.reasons, QualityReason.LIFELESS)
        doubtful = replace(nearest, quality=replace(nearest.quality, reasons=reasons))
        return replace(examined, faces=(doubtful, *others))

    def draft(self, examined: Examined, index: int | None = None) -> SampleDraft:
        """The sample of face `index`, or of the only face that can be meant.

        Raises BadInputError for no face, several good ones without `index`, or a poor one (with
        the reasons): what spoils the gallery is refused here, for window and command line alike.
        """
        if not examined.faces:
            raise BadInputError(
                tr("No face found"),
                tr("There is no face in this picture."),
                tr("Use a picture that shows the face from the front, large and well lit."),
            )
        meant = _meant(examined.faces) if index is None else [examined.faces[index]]
        if len(meant) > 1:
            raise BadInputError(
                tr("Several faces found"),
                tr("There are {count} faces in this picture.", count=len(meant)),
                tr("Use a picture with one person, or cut the others off."),
            )
        [chosen] = meant
        if not chosen.quality.good:
            reasons = ", ".join(tr(reason.value) for reason in chosen.quality.reasons)
            raise BadInputError(
                tr("The face is not good enough"),
                tr("It is {reasons}.", reasons=reasons),
                advice(chosen.quality),
            )
        return SampleDraft(chosen.vector, chosen.crop_jpeg, examined.source, chosen.similar)

    def enrol(self, person: Person, drafts: Sequence[SampleDraft]) -> Person:
        """Save a new person with the samples, all or nothing."""
        return self._people.add(
            replace(person, created_utc=self._clock.utc()), self._samples(drafts)
        )

    def add_samples(self, person_id: int, drafts: Sequence[SampleDraft]) -> None:
        self._people.add_samples(person_id, self._samples(drafts))

    def close(self) -> None:
        """Free the detector and the second look; idempotent."""
        second_look, self._second_look = self._second_look, None
        if second_look is not None:
            second_look.close()
        self._detector.close()

    def _judged(self, image: Image, face: Face, vector: Vector) -> ExaminedFace:
        size = (image.shape[1], image.shape[0])
        quality = assess(align(image, face.landmarks), face, size, ENROLMENT_LIMITS)
        by_mesh = False
        if quality.good and self._open_second_look is not None:
            if self._second_look is None:
                self._second_look = self._open_second_look()
            quality = self._second_look.look(image, face, quality)
            by_mesh = self._second_look.by_mesh
        crop_jpeg = encode_jpeg(kept_crop(image, face.landmarks), 90)
        return ExaminedFace(face, quality, vector, crop_jpeg, self._most_similar(vector), by_mesh)

    def _samples(self, drafts: Sequence[SampleDraft]) -> list[Sample]:
        return [
            Sample(
                id=0,
                person_id=0,
                contract=self.rules.contract,
                vector=draft.vector,
                source=draft.source,
                crop_jpeg=draft.crop_jpeg if self._keep_crops else b"",
                created_utc=self._clock.utc(),
            )
            for draft in drafts
        ]

    def _most_similar(self, vector: Vector) -> Similar | None:
        gallery = self._gallery()
        best = match_gallery(gallery, vector[np.newaxis])[0]
        if best.person_id is None or best.score < self.rules.same_person_score:
            return None
        return Similar(best.person_id, gallery.names.get(best.person_id, ""), best.score)


def _meant(faces: Sequence[ExaminedFace]) -> list[ExaminedFace]:
    """The faces, largest first, of whom one may be the person to enrol; never empty.

    Somebody whom the border cuts off is not the subject of the picture, and a smaller face that
    could not be enrolled itself is in the background.
    """
    whole = [face for face in faces if QualityReason.CUT_OFF not in face.quality.reasons]
    largest, *others = whole or faces
    return [largest, *(face for face in others if face.quality.good)]
