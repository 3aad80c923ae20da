"""One FaceDesk a data folder, also after a crash."""

import subprocess
import sys
from pathlib import Path

import pytest

from facedesk.core.errors import AlreadyRunningError, StoreError
from facedesk.store.lock import InstanceLock

_HOLD = """
import sys, time
from pathlib import Path
from facedesk.store.lock import InstanceLock
held = InstanceLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_instance_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "facedesk.lock"
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(AlreadyRunningError) as caught:
            InstanceLock(path)
        assert str(process.pid) in caught.value.message
        assert str(tmp_path) in caught.value.message
    finally:
        process.kill()  # a crash: nobody releases the lock but the system
        process.communicate()
    with InstanceLock(path), pytest.raises(AlreadyRunningError):
        InstanceLock(path)
    InstanceLock(path).release()


def test_releasing_twice_is_fine(tmp_path: Path) -> None:
    lock = InstanceLock(tmp_path / "facedesk.lock")
    lock.release()
    lock.release()


def test_a_folder_that_does_not_exist_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        InstanceLock(tmp_path / "gone" / "facedesk.lock")
