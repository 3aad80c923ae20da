"""A fresh database in a temporary folder, with a clock that the test sets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from facedesk.store.database import Database
from tests.fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "facedesk.db"


@pytest.fixture
def database(path: Path, clock: FakeClock) -> Iterator[Database]:
    with Database.open(path, clock=clock) as opened:
        yield opened
