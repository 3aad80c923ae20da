"""`explain`: why a punch was recorded, from the row as it was stored."""

import click
from rich.table import Table

from facedesk.commands.asked import print_table
from facedesk.commands.place import Place, echo_json, json_option, pass_place
from facedesk.core.attendance import zone_info
from facedesk.core.records import Method, Punch
from facedesk.engine.desk import Desk
from facedesk.paths import model_dirs, resources_dir
from facedesk.store.times import to_text
from facedesk.vision.catalog import Catalogue


@click.command()
@click.argument("punch", type=int)
@json_option
@pass_place
def explain(place: Place, punch: int, as_json: bool) -> None:
    """Say why PUNCH (a punch_id of `facedesk export`) was recorded.

    Everything but the names comes from the row of that day: score, next person, threshold, the
    reason with the error rate behind the threshold, model and version of the settings.
    """
    with place.desk() as desk:
        found = desk.punches.get(punch)
        told = _told(place, desk, found)
        corrections = len(desk.corrections.history(None, punch))
        local = found.utc.astimezone(zone_info(found.zone))
    told["corrections"] = corrections
    if as_json:
        echo_json(told)
        return
    table = Table(box=None, show_header=False)
    lines = {
        "Punch": f"{punch}: {told['name']}, {found.direction}, {local:%Y-%m-%d %H:%M:%S}",
        "Identified by": found.method.value,
        "Reason": found.reason,
        **(_evidence(found, told["model"]) if found.method is Method.FACE else {}),
        "Settings": f"version {found.settings_version}"
        + ("" if told["settings_in_force"] else ", changed since"),
        "Source": found.source,
        "Clock": f"moved by {found.clock_moved_s} s while FaceDesk ran"
        if found.clock_moved_s
        else "not moved",
        "Corrections": str(corrections) if corrections else "none",
    }
    for label, text in lines.items():
        table.add_row(label, text)
    print_table(table)


def _evidence(punch: Punch, model: object) -> dict[str, str]:
    return {
        "Score": f"{punch.score:.3f}",
        "Next person": f"{punch.runner_up:.3f}" if punch.runner_up > -1 else "nobody",
        "Threshold": f"{punch.threshold:.3f}",
        "Lead": f"{punch.score - punch.threshold:.3f} above the threshold",
        "Model": f"{model or 'no longer installed'} (contract {punch.contract})",
    }


def _told(place: Place, desk: Desk, punch: Punch) -> dict[str, object]:
    catalogue = Catalogue(model_dirs(place.paths()), resources_dir() / "catalogue")
    cards = [entry.card for entry in catalogue.models("embed")] + catalogue.public_cards()
    model = next((card.name for card in cards if card.contract == punch.contract), None)
    return {
        "punch_id": punch.id,
        "person_id": punch.person_id,
        "name": desk.people.get(punch.person_id).name,
        "direction": punch.direction.value,
        "method": punch.method.value,
        "utc": to_text(punch.utc),
        "zone": punch.zone,
        "score": round(punch.score, 4),
        "runner_up": round(punch.runner_up, 4),
        "threshold": round(punch.threshold, 4),
        "reason": punch.reason,
        "model": model,
        "contract": punch.contract,
        "settings_version": punch.settings_version,
        "settings_in_force": punch.settings_version == desk.settings.version,
        "source": punch.source,
        "clock_moved_s": punch.clock_moved_s,
    }
