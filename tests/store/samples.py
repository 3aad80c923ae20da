"""Things to store: vectors, people, and names that have hurt other programs."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from facedesk.core.records import Direction, Punch, Sample, Vector

MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

NAMES = (
    "Zoë Ångström-Łukasiewicz",
    "Søren Þórðarson",
    "Αλέξανδρος Παπαδόπουλος",
    "Наталія Щербак",
    "محمد بن سلمان",
    "רבקה כהן",
    "अनुष्का शर्मा",
    "সত্যজিৎ রায়",
    "சுப்பிரமணியம்",
    "สมชาย ใจดี",
    "王小明",
    "鈴木 さくら",
    "김민준",
    "ნინო ბერიძე",
    "አበበ በቂላ",
    "👩\u200d🔬 Dr. Emoji 🏴\u200d☠️",
    "می\u200cخواهم",  # Persian, with the zero-width non-joiner it needs
    "Robert'); DROP TABLE people;--",
    '"; DELETE FROM punches; --',
    "<script>alert('x')</script>",
    '=HYPERLINK("http://evil.example","click")',
    "+1-800-CALL",
    "-2+3",
    "@SUM(A1:A9)",
    'O"Brien, "Bob"; A,B',
    "{name} %s {0}",
    "%_*?",
    "null",
)


def vector(seed: int, dimension: int = 8) -> Vector:
    """A unit vector that depends on `seed` only."""
    numbers = np.random.default_rng(seed).standard_normal(dimension)
    return (numbers / np.linalg.norm(numbers)).astype(np.float32)


def sample(
    seed: int, *, contract: str = "model-1", dimension: int = 8, crop: bytes = b""
) -> Sample:
    return Sample(0, 0, contract, vector(seed, dimension), "test", crop)


def punch(person_id: int, minute: float = 0, direction: Direction = Direction.IN) -> Punch:
    return Punch(
        person_id,
        direction,
        MORNING + timedelta(minutes=minute),
        "Europe/Berlin",
        0.71,
        0.12,
        0.42,
        "model-1",
        "settings-1",
        "camera:front",
        "best 0.71, above 0.42",
    )


def once(person_id: int) -> Callable[[Sequence[Punch]], Punch | None]:
    """A rule that records a person's first punch and no other."""

    def rule(previous: Sequence[Punch]) -> Punch | None:
        return None if previous else punch(person_id)

    return rule
