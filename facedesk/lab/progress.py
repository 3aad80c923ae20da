"""A run on the terminal: a bar with the time left, or plain lines where nobody looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from facedesk.lab.train import Report


@contextmanager
def progress_bar() -> Iterator[Callable[[Report], None]]:
    """What to tell each report of a run; the bar goes when the block is left."""
    console = Console()
    if not console.is_terminal:
        yield lambda report: print(_line(report), flush=True)
        return
    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda report: bar.update(task, completed=report.progress, description=_line(report))


def _line(report: Report) -> str:
    minutes, seconds = divmod(round(report.remaining_s), 60)
    return (
        f"step {report.step}, {report.samples} faces, {report.size_px} px, "
        f"cosine {report.cosine:.3f}, {minutes // 60}:{minutes % 60:02}:{seconds:02} left"
    )
