"""The lab's commands that make models: `distil`, `train`, `export-embedder`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from facedesk.lab.options import material
from facedesk.lab.recipe import Recipe, read_recipe

if TYPE_CHECKING:
    from facedesk.lab.runs import Places


@click.command()
@material
@click.option("--part", default=0, show_default=True, help="This process's share, from 0.")
@click.option("--parts", default=1, show_default=True, help="Over how many processes.")
def distil(places: Places, part: int, parts: int) -> None:
    """Compute the teacher's vectors of all training faces; can be stopped and started again."""
    from facedesk.lab.runs import teach_all

    def tell(done: int, total: int) -> None:
        if done // 64 % 20 == 0 or done == total:
            click.echo(f"{done} of {total} faces")

    teach_all(places, tell, part, parts)


@click.command()
@click.argument("recipe")
@material
@click.option(
    "--restart-at",
    type=click.FloatRange(0, 1, max_open=True),
    help="Take the weights of a run back to this share of its schedule (0 to 1), to continue it.",
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]),
    help="UTC time at which the run shall be complete, for recipes without steps.",
)
def train(
    recipe: str,
    places: Places,
    until: datetime | None,
    restart_at: float | None,
) -> None:
    """Train by RECIPE (a name from facedesk/lab/recipes, or a TOML file); goes on where it was.

    Several processes: torchrun --nproc-per-node 2 -m facedesk train RECIPE.
    """
    from facedesk.lab.progress import progress_bar
    from facedesk.lab.runs import train as run

    deadline = until.replace(tzinfo=UTC) if until else None
    with progress_bar() as tell:
        done = run(find_recipe(recipe), places, deadline, restart_at, tell)
    click.echo(f"step {done.step}, {done.position} faces seen, in {done.folder}")


@click.command("export-embedder")
@click.argument("recipe")
@material
@click.option("--size", "size_px", default=112, show_default=True, help="Side of the input.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The ONNX file.")
@click.option("--version", default="1", show_default=True, help="Version on the card.")
@click.option("--flip", is_flag=True, help="The application adds the mirror image: twice the time.")
@click.option("--notes", default="", help="What the card says beside its numbers.")
def export_embedder(
    recipe: str,
    places: Places,
    size_px: int,
    out: Path,
    version: str,
    flip: bool,
    notes: str,
) -> None:
    """Write the averaged network of RECIPE's run as ONNX with a card, checked against torch.

    The card has no thresholds yet: `facedesk evaluate thresholds CARD` measures them.
    """
    from facedesk.lab import runs as lab_runs
    from facedesk.lab.card import embedder_card, sha256_of, write_card
    from facedesk.lab.train import agreement

    chosen = find_recipe(recipe)
    parity, network = lab_runs.export_run(chosen, places, size_px, out)
    name = f"facedesk-{chosen.name}"
    card = embedder_card(out, name, version, size_px, chosen.dimension, notes, flip)
    write_card(card, out.with_suffix(".json"))
    click.echo(f"{out}: {out.stat().st_size} bytes, sha256 {sha256_of(out)}")
    click.echo(
        f"torch against ONNX on {parity.pictures} faces: lowest cosine {parity.lowest_cosine:.7f}, "
        f"largest difference {parity.largest_difference:.2e}"
    )
    cosine = agreement(network, lab_runs.held_out_faces(places), size_px)
    click.echo(f"cosine to the teacher on held-out faces: {cosine:.4f}")


def find_recipe(name: str) -> Recipe:
    """A recipe of the package by name, or any file."""
    path = Path(name)
    if path.suffix != ".toml":
        path = Path(__file__).parent / "recipes" / f"{name}.toml"
    if not path.exists():
        raise click.BadParameter(f"there is no recipe {name}")
    return read_recipe(path)
