"""What the log says of a punch, and how many there are, in words."""

from zoneinfo import ZoneInfo

from facedesk.core.language import tr
from facedesk.core.records import Method, Punch
from facedesk.gui.recent_list import direction_text
from facedesk.gui.tables import Column
from facedesk.gui.wording import clock_text, local_day, short_day_text
from facedesk.store.punches import LogRow


def log_columns() -> list[Column[LogRow]]:
    return [
        Column(
            tr("Day"),
            lambda row: short_day_text(local_day(row.punch.utc, row.punch.zone)),
            key=lambda row: row.punch.utc,
        ),
        Column(
            tr("Time"),
            lambda row: clock_text(row.punch.utc, row.punch.zone),
            key=lambda row: row.punch.utc.astimezone(ZoneInfo(row.punch.zone)).time(),
            tip=lambda row: row.punch.zone,
        ),
        Column(tr("Person"), lambda row: row.name, key=lambda row: row.name.casefold()),
        Column(
            tr("Direction"),
            lambda row: direction_text(row.punch.direction),
            chip=lambda row: (
                ("arrive", "on_arrive") if row.punch.direction.works else ("leave", "on_leave")
            ),
        ),
        Column(
            tr("Known by"),
            lambda row: _known_by(row.punch),
            key=lambda row: (str(row.punch.method), row.punch.score),
            tip=why,
        ),
        Column(tr("Why"), lambda row: row.punch.reason, tip=why),
    ]


def _known_by(punch: Punch) -> str:
    return {
        Method.FACE: tr("Face, {score:.2f}", score=punch.score),
        Method.PIN: tr("PIN"),
        Method.BADGE: tr("Badge"),
        Method.MANUAL: tr("By hand"),
    }[punch.method]


def why(row: LogRow) -> str:
    punch = row.punch
    lines = [tr("changed by hand")] if row.corrected else []
    lines.append(punch.reason)
    if punch.method is Method.FACE:
        lines.append(
            tr(
                "similarity {score:.3f}, next person {runner_up:.3f}, needed {threshold:.3f}",
                score=punch.score,
                runner_up=punch.runner_up,
                threshold=punch.threshold,
            )
        )
        lines.append(tr("model {contract}", contract=punch.contract))
    if punch.clock_moved_s:
        lines.append(tr("the clock had been moved by {seconds} s", seconds=punch.clock_moved_s))
    lines.append(
        tr(
            "source {source}, settings {settings}",
            source=punch.source,
            settings=punch.settings_version,
        )
    )
    return "\n".join(lines)


def count_text(punches: int, people: int) -> str:
    """'3 punches, 2 people'; '' for none."""
    if not punches:
        return ""
    count = tr("1 punch") if punches == 1 else tr("{count} punches", count=f"{punches:,}")
    whose = tr("1 person") if people == 1 else tr("{count} people", count=people)
    return f"{count}, {whose}"
