"""One Frame -> Seen, by plain function calls: detect, track, quality, align, embed, match, vote."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from facedesk.core.language import tr
from facedesk.core.matching import Gallery, match, one_row_a_person
from facedesk.core.quality import SURE_FACE, QualityLimits, assess
from facedesk.core.records import (
    Decision,
    DecisionKind,
    Face,
    Frame,
    Image,
    Match,
    Probe,
    Quality,
    Seen,
    SeenFace,
    Track,
    Vector,
)
from facedesk.core.tracking import Tracker
from facedesk.core.voting import Voter, VotingRules, decide_once, refusal
from facedesk.vision.align import align, kept_crop
from facedesk.vision.detect import Detector
from facedesk.vision.embed import Embedder

# A decided face is looked at again now and then: a tracker may have jumped to the next person, and
# a stranger may turn out to be somebody who looked down at first.
RECHECK_KNOWN_FRAMES = 15
RECHECK_UNKNOWN_FRAMES = 6
# A face that is much smaller than the nearest one is passing behind, not checking in.
NEAREST_SHARE = 0.5


# What a track is remembered by: as many frames as may decide together, few enough to forget
# whoever stood there before.
PROBE_FRAMES = 6


@dataclass(slots=True)
class _Looks:
    """The latest good frames of a track, and the probe that they make."""

    vectors: deque[Vector]
    probe: Probe


@dataclass(frozen=True, slots=True)
class Identified:
    """One face of a still picture with its decision; `match` is the gallery's bare answer."""

    face: Face
    decision: Decision
    quality: Quality
    name: str
    match: Match


class Recogniser:
    """Owns detector, embedder, tracks and votes. Belongs to one thread (the recognise thread).

    `gallery` gives all samples. `rules` says how to judge against them: asked again whenever the
    gallery is another one, because a threshold is only right for the people it was made for.
    """

    def __init__(
        self,
        detector: Detector,
        embedder: Embedder,
        gallery: Callable[[], Gallery],
        rules: Callable[[Gallery], VotingRules],
        limits: QualityLimits,
    ) -> None:
        self.detector = detector
        self.embedder = embedder
        self._gallery = gallery
        self._limits = limits
        self._tracker = Tracker()
        self._rules = rules
        self._judged_against = gallery()
        self._known = one_row_a_person(self._judged_against)
        self._voter = Voter(rules(self._judged_against))
        self._holders: dict[int, int] = {}  # person id -> track id that had the name alone
        self._looks: dict[int, _Looks] = {}

    @property
    def contract(self) -> str:
        return self.embedder.contract

    @property
    def gallery(self) -> Gallery:
        """Who is compared with now, one row a person."""
        return self._current_gallery()

    @property
    def rules(self) -> VotingRules:
        """How a face is judged now, before the present gallery."""
        self._current_gallery()
        return self._voter.rules

    def recognise(self, frame: Frame) -> Seen:
        """What is in the frame, and who. Faces come nearest (largest) first."""
        started_s = time.perf_counter()
        faces = sorted(
            self.detector.detect(frame.image), key=lambda face: face.area_px, reverse=True
        )
        tracks = self._tracker.update(faces, frame.monotonic_s)
        gallery = self._current_gallery()
        alive = self._tracker.alive()
        self._voter.keep_only(alive)
        self._looks = {track: looks for track, looks in self._looks.items() if track in alive}
        qualities = self._look(frame, tracks, gallery)
        seen = [self._seen_face(track, qualities.get(track.track_id), gallery) for track in tracks]
        elapsed_ms = (time.perf_counter() - started_s) * 1e3
        return Seen(frame.seq, frame.utc, frame.size, self._one_name_once(seen), elapsed_ms)

    def identify(self, image: Image) -> list[Identified]:
        """Judge every face of a still picture (BGR) by itself, without tracks or votes.

        A face that fails the quality gate is REFUSED, as it would be at the kiosk.
        """
        faces = sorted(self.detector.detect(image), key=lambda face: face.area_px, reverse=True)
        gallery = self._current_gallery()
        crops = [self.embedder.crop(image, face.landmarks) for face in faces]
        matches = match(gallery, self.embedder.embed(crops))
        size = (image.shape[1], image.shape[0])
        found = []
        for face, result in zip(faces, matches, strict=True):
            quality = assess(align(image, face.landmarks), face, size, self._limits)
            if quality.good:
                decision = decide_once(result, self._voter.rules)
            else:
                decision = refusal(quality, self._voter.rules, frames=1)
            name = gallery.names.get(decision.person_id, "") if decision.person_id else ""
            found.append(Identified(face, decision, quality, name, result))
        return found

    def recheck(self, image: Image, face: Face) -> Match:
        """Whom a face looks like now, whatever its track was called. `image` is BGR."""
        vectors = self.embedder.embed([self.embedder.crop(image, face.landmarks)])
        return match(self._current_gallery(), vectors)[0]

    def _current_gallery(self) -> Gallery:
        """One row a person; the rules are those of the same moment."""
        gallery = self._gallery()
        if gallery is not self._judged_against:
            # Somebody was enrolled or removed: what was decided against the old gallery is void.
            self._judged_against = gallery
            self._known = one_row_a_person(gallery)
            self._voter = Voter(self._rules(gallery))
        return self._known

    def _look(self, frame: Frame, tracks: Sequence[Track], gallery: Gallery) -> dict[int, Quality]:
        """Gather evidence from the tracks that need it; the quality of each one looked at."""
        nearest_px = max((track.face.width_px for track in tracks), default=0.0)
        due = [
            track
            for track in tracks
            if track.face.score >= SURE_FACE
            and track.face.width_px >= NEAREST_SHARE * nearest_px
            and self._needs_look(track)
        ]
        qualities: dict[int, Quality] = {}
        good: list[tuple[Track, Image]] = []
        for track in due:
            # Not the embedder's own crop: what is sharp must not depend on the network's input.
            crop = align(frame.image, track.face.landmarks)
            quality = assess(crop, track.face, frame.size, self._limits)
            qualities[track.track_id] = quality
            if quality.good:
                good.append((track, self.embedder.crop(frame.image, track.face.landmarks)))
            else:
                self._voter.refuse(track.track_id, quality)
        if good:
            # Where nobody is enrolled there is nothing to compare with: save the work.
            vectors = (
                self.embedder.embed([crop for _, crop in good])
                if len(gallery.vectors)
                else np.empty((len(good), 0), np.float32)
            )
            matches = match(gallery, vectors)
            for (track, _), vector, result in zip(good, vectors, matches, strict=True):
                self._voter.observe(track.track_id, result)
                if vector.size:
                    self._remember(track, vector, qualities[track.track_id], frame.image)
        return qualities

    def _remember(self, track: Track, vector: Vector, quality: Quality, image: Image) -> None:
        before = self._looks.get(track.track_id)
        vectors = before.vectors if before else deque(maxlen=PROBE_FRAMES)
        vectors.append(vector)
        mean = np.mean(vectors, axis=0)
        mean /= max(float(np.linalg.norm(mean)), 1e-12)
        if before and before.probe.quality.sharpness >= quality.sharpness:
            crop, quality = before.probe.crop, before.probe.quality
        else:
            crop = kept_crop(image, track.face.landmarks)
        probe = Probe(self.contract, mean, crop, quality)
        self._looks[track.track_id] = _Looks(vectors, probe)

    def _needs_look(self, track: Track) -> bool:
        standing = self._voter.standing(track.track_id)
        if standing is None or standing.kind in (DecisionKind.UNDECIDED, DecisionKind.REFUSED):
            return True
        every = (
            RECHECK_KNOWN_FRAMES if standing.kind is DecisionKind.KNOWN else RECHECK_UNKNOWN_FRAMES
        )
        return track.age_frames % every == 0

    def _seen_face(self, track: Track, quality: Quality | None, gallery: Gallery) -> SeenFace:
        decision = self._voter.standing(track.track_id) or _waiting(self._voter.rules)
        name = gallery.names.get(decision.person_id, "") if decision.person_id else ""
        looks = self._looks.get(track.track_id)
        return SeenFace(track, decision, quality, name, looks.probe if looks else None)

    def _one_name_once(self, faces: list[SeenFace]) -> tuple[SeenFace, ...]:
        """A name stands at most once in a frame: who had it before keeps it, others are held back.

        Two faces that want one name mean a picture of a colleague, a twin or a mistake; where
        neither had it before, nobody can tell which, and both are held back.
        """
        wanting: dict[int, list[int]] = {}
        for face in faces:
            if face.decision.person_id is not None:
                wanting.setdefault(face.decision.person_id, []).append(face.track.track_id)
        alive = self._tracker.alive()
        named = {face.track.track_id: face.decision.person_id for face in faces}
        held = {
            person: track
            for person, track in self._holders.items()
            if track in alive and named.get(track, person) == person
        }
        alone = {person: tracks[0] for person, tracks in wanting.items() if len(tracks) == 1}
        self._holders = alone | held
        return tuple(
            face
            if face.decision.person_id is None
            or self._holders.get(face.decision.person_id) == face.track.track_id
            else _held_back(face)
            for face in faces
        )


def _held_back(face: SeenFace) -> SeenFace:
    decision = replace(
        face.decision,
        kind=DecisionKind.REFUSED,
        person_id=None,
        reason=tr("Another face in the picture wants the same name: not recorded."),
    )
    return replace(face, decision=decision, name="")


def _waiting(rules: VotingRules) -> Decision:
    reason = tr("Behind the nearest person: please step forward.")
    return Decision(DecisionKind.UNDECIDED, None, 0.0, 0.0, rules.threshold, 0, reason)
