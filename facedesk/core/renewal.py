"""Template renewal: when the face of a check-in may become a sample, so that samples age with
people.

The danger is a sample that belongs to somebody else: it lets the next wrong face in. So a face is
held against the samples of ENROLMENT alone, whatever has been renewed since: an impostor who is
morphed in step by step comes no nearer with any step. Automatic samples are few, rare, and never
take the place of an enrolled one; and however they came in, they lift nobody's score by more than
`matching.RENEWAL_LIFT` above what the enrolled samples say (`facedesk evaluate poisoning`).

Source of the risk: Biggio et al. 2012, "Poisoning adaptive biometric systems".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from facedesk.core.operating_point import HIGHEST_THRESHOLD, ImpostorTail
from facedesk.core.quality import ENROLMENT_LIMITS, QualityLimits
from facedesk.core.records import Identification, Quality, Vector

MOST_AUTOMATIC = 2
DAYS_APART = 14
# A face must be so many times safer than what is enough for a name.
_SAFER = 100.0
# A face that is so like a sample teaches nothing.
_NOTHING_NEW = 0.95


@dataclass(frozen=True, slots=True)
class Known:
    """What stands in the gallery of a person under the model of the face in question: `enrolled`
    float32 (n, d), the `automatic` samples (m, d) with the times they were made.
    """

    enrolled: Vector
    automatic: Vector
    renewed_utc: Sequence[datetime]


def may_renew(
    how: Identification,
    vector: Vector,
    quality: Quality,
    known: Known,
    tail: ImpostorTail,
    margin: float,
    now_utc: datetime,
) -> bool:
    """Whether the face of a check-in, recognised as `how` tells, may become a sample.

    `vector` is the mean of the visit's frames; `margin` the lead that a name needs.
    """
    if not len(known.enrolled):
        return False
    if any(now_utc - renewed < timedelta(days=DAYS_APART) for renewed in known.renewed_utc):
        return False
    safe = safe_score(tail, how.threshold)
    samples = np.concatenate([known.enrolled, known.automatic])
    return (
        how.score >= safe
        and how.runner_up < how.threshold - margin  # nobody else comes near
        and anchored(known.enrolled, vector, safe)
        and float((samples @ vector).max()) < _NOTHING_NEW
        and good_as_sample(quality)
    )


def safe_score(tail: ImpostorTail, threshold: float) -> float:
    """The cosine at which a false match is a hundred times rarer than at the threshold."""
    return min(tail.cosine(tail.rate(threshold) / _SAFER), HIGHEST_THRESHOLD)


def anchored(enrolled: Vector, vector: Vector, safe: float) -> bool:
    """Whether the face is safely the person who was enrolled, renewals left aside."""
    mean = enrolled.mean(axis=0)
    return float(mean @ vector) >= safe * float(np.linalg.norm(mean))


def good_as_sample(quality: Quality, limits: QualityLimits = ENROLMENT_LIMITS) -> bool:
    """Whether a face of a check-in would have been good enough at enrolment."""
    return (
        quality.good
        and quality.face_px >= limits.smallest_face_px
        and quality.sharpness >= limits.least_sharpness
        and limits.darkest <= quality.brightness <= limits.brightest
        and quality.contrast >= limits.least_contrast
        and abs(quality.yaw_deg) <= limits.most_yaw_deg
        and abs(quality.pitch_deg) <= limits.most_pitch_deg
    )
