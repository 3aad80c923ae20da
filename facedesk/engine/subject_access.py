"""A person's own data as a file to hand out: JSON, pictures, and a page to read."""

import html
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from facedesk import __version__
from facedesk.core.attendance import zone_info
from facedesk.core.audit import Act
from facedesk.core.language import tr
from facedesk.store import audit
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.subject_data import Row, SubjectData, collect
from facedesk.store.tables import replacing
from facedesk.store.times import to_text

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;margin:0 0 2em}td,th{border:1px solid #ccc;padding:.3em .6em;"
    "text-align:left;vertical-align:top}th{background:#f2f4f8}img{margin:0 8px 8px 0}"
)
_LONG = ("vector", "previous_hash", "hash")  # in the JSON; nobody reads them


def write_subject_access(database: Database, person_id: int, zone: str, target: Path) -> int:
    """Write everything about a person to a ZIP file; how many rows that were.

    The file is complete or absent. That it was made is an entry of the audit log. Raises
    BadInputError for an unknown person and StoreError.
    """
    person = People(database).get(person_id)
    data = collect(database, person_id)
    now_utc = database.clock.utc()
    rows = sum(map(len, data.tables.values()))
    content = {
        "facedesk": __version__,
        "person_number": person_id,
        "exported_utc": to_text(now_utc),
        "tables": data.tables,
    }
    with (
        replacing(target) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as file,
    ):
        file.writestr("data.json", json.dumps(content, ensure_ascii=False, indent=1))
        file.writestr("read-me.html", _page(person.name, data, now_utc, zone))
        for name, picture in data.pictures.items():
            file.writestr(f"pictures/{name}", picture)
    audit.note(
        database, Act.PERSON_DATA_GIVEN, audit.subject_of(person_id), after={"rows": str(rows)}
    )
    return rows


def _page(name: str, data: SubjectData, now_utc: datetime, zone: str) -> str:
    """One page without anything from elsewhere, so that it opens anywhere."""
    local = now_utc.astimezone(zone_info(zone))
    title = tr("What FaceDesk holds of {name}", name=name)
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        f"<p>{html.escape(tr('As of {time}. Times are in UTC.', time=f'{local:%Y-%m-%d %H:%M}'))}",
        f" {html.escape(_about_json())}</p>",
    ]
    if data.pictures:
        parts.append(f"<h2>{html.escape(tr('Pictures'))}</h2><p>")
        parts += [f'<img src="pictures/{file}" alt="" width="112">' for file in data.pictures]
        parts.append("</p>")
    for table, rows in data.tables.items():
        parts.append(f"<h2>{html.escape(_heading(table))}</h2>{_table(rows)}")
    return (
        f'<!doctype html><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style>{''.join(parts)}"
    )


def _table(rows: Sequence[Row]) -> str:
    columns = [column for column in rows[0] if column not in _LONG] if rows else []
    head = "".join(f"<th>{html.escape(column.replace('_', ' '))}</th>" for column in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{_cell(row, column)}</td>" for column in columns) + "</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(row: Mapping[str, object], column: str) -> str:
    value = row[column]
    return "" if value is None else html.escape(str(value))


def _heading(table: str) -> str:
    return {
        "people": tr("Details"),
        "samples": tr("Face samples"),
        "punches": tr("Check-ins and check-outs, as recorded"),
        "corrections": tr("Corrections"),
        "absences": tr("Absences"),
        "assignments": tr("Working times"),
        "consents": tr("Consent"),
        "audit": tr("Who did what with this data"),
        "pins": tr("PIN"),
        "badges": tr("Badge"),
    }.get(table, table.replace("_", " "))


def _about_json() -> str:
    return tr(
        "The file data.json holds the same for programs, with the numbers that stand for the face."
    )
