"""A punch as a file in a folder, for systems that look there from time to time."""

import json
import os
from pathlib import Path

from facedesk.core.attendance import zone_info
from facedesk.core.errors import DeliveryError, StoreError
from facedesk.core.language import tr
from facedesk.engine.webhook import event_of
from facedesk.store.outbox import Parcel
from facedesk.store.tables import Column, Table, Value, replacing, write_csv
from facedesk.store.times import to_text

_COLUMNS = tuple(
    Column(name)
    for name in (
        "id", "event", "punch_id", "direction", "method", "utc", "local", "zone", "person_id",
        "staff_number", "name", "department", "correction", "who", "why",
    )
)  # fmt: skip


class DropFolder:
    """A destination (`courier.Destination`): one file an event, complete or absent.

    The names sort in the order of the events. A file that was taken away and is delivered again
    after a crash has the same name and the same id.
    """

    name = "folder"

    def __init__(self, folder: Path, kind: str) -> None:
        """`kind` is json (as the webhook's body) or csv (a heading and one line)."""
        self._folder = folder
        self._kind = kind

    def deliver(self, parcel: Parcel) -> None:
        stamp = parcel.punch.utc.strftime("%Y%m%dT%H%M%SZ")
        path = self._folder / f"{parcel.number:010d}-{stamp}.{self._kind}"
        try:
            if self._kind == "csv":
                write_csv(path, Table("", _COLUMNS, [_row(parcel)]))
            else:
                _write_json(path, parcel)
        except StoreError as error:
            raise DeliveryError(
                tr("The folder takes no files"), f"{error.title}: {error.message}", error.hint
            ) from error

    def abort(self) -> None:
        """A file takes no time."""


def _write_json(path: Path, parcel: Parcel) -> None:
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        json.dump(event_of(parcel), file, ensure_ascii=False, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


def _row(parcel: Parcel) -> tuple[Value, ...]:
    """A corrected punch is written as it stands after the correction, a cancelled one as it was."""
    punch, person, correction = parcel.punch, parcel.person, parcel.correction
    utc, direction, kind, who, why = punch.utc, punch.direction, "", "", ""
    if correction is not None:
        state = correction.after or correction.before
        assert state is not None
        utc, direction, kind = state.utc, state.direction, str(correction.kind)
        who, why = correction.signature.who, correction.signature.why
    local = utc.astimezone(zone_info(punch.zone)).isoformat(timespec="seconds")
    return (
        parcel.id, "punch.corrected" if kind else "punch.recorded", punch.id, str(direction),
        str(punch.method), to_text(utc), local, punch.zone, person.id, person.staff_number,
        person.name, person.department, kind, who, why,
    )  # fmt: skip
