"""`bench gallery`: how long one face takes before a gallery far larger than any site's."""

import time

import click
import numpy as np
import psutil

from facedesk.commands.figures import Figure, machine_now, print_figures
from facedesk.commands.place import json_option
from facedesk.core.matching import Gallery, match, one_row_a_person
from facedesk.core.operating_point import tail_of
from facedesk.core.rules import Wanted, rules_before

_ROUNDS = 30
_BLOCK_PEOPLE = 10_000


@click.command()
@click.option("--people", "people_count", default=100_000, show_default=True)
@click.option("--samples", default=3, show_default=True, help="Samples of each person.")
@click.option("--dimension", default=256, show_default=True, help="Of the shipped embedder: 256.")
@json_option
def gallery(people_count: int, samples: int, dimension: int, as_json: bool) -> None:
    """Measure exact search before a made-up gallery: people in random directions."""
    everybody = _made_up(people_count, samples, dimension)
    conditions = f"{people_count} people, {samples} samples, {dimension} numbers, {machine_now()}"
    started_s = time.perf_counter()
    known = one_row_a_person(everybody)
    merged_ms = (time.perf_counter() - started_s) * 1e3
    started_s = time.perf_counter()
    rules_before(everybody, tail_of({}), Wanted(fpir=1e-3, margin=0.05, votes=3))
    rules_ms = (time.perf_counter() - started_s) * 1e3
    random = np.random.default_rng(1)
    worked_s = 0.0
    wanted, found, elapsed_ms = [], [], []
    for _ in range(_ROUNDS):
        person = int(random.integers(people_count))
        probe = known.vectors[person] + random.normal(0, 0.05, dimension)
        probe = (probe / np.linalg.norm(probe)).astype(np.float32)[np.newaxis]
        started_s, before_s = time.perf_counter(), time.process_time()
        [answer] = match(known, probe)
        worked_s += time.process_time() - before_s
        elapsed_ms.append((time.perf_counter() - started_s) * 1e3)
        wanted.append(int(known.person_ids[person]))
        found.append(answer.person_id)
    if found != wanted:
        raise click.ClickException("the search did not find everybody")
    held_mb = sum(
        part.vectors.nbytes + part.person_ids.nbytes for part in (everybody, known)
    ) / 1e6  # fmt: skip
    figures = [
        Figure("match of a face, median", float(np.median(elapsed_ms)), "ms", 15, conditions),
        Figure("match of a face, p95", float(np.percentile(elapsed_ms, 95)), "ms", None, ""),
        Figure("match of a face, work of all cores", worked_s / _ROUNDS * 1e3, "ms", 15,
               "processor time, whatever else runs"),
        Figure("samples merged into people", merged_ms, "ms", None, "once a change"),
        Figure("threshold and look-alikes", rules_ms, "ms", None, "once a change"),
        Figure("memory of the gallery", held_mb, "MB", None, "all samples and a mean a person"),
        Figure("resident memory", psutil.Process().memory_info().rss / 1e6, "MB", None, ""),
    ]  # fmt: skip
    print_figures(figures, as_json)


def _made_up(people: int, samples: int, dimension: int) -> Gallery:
    random = np.random.default_rng(0)
    vectors = np.empty((people * samples, dimension), np.float32)
    for start in range(0, people, _BLOCK_PEOPLE):
        count = min(_BLOCK_PEOPLE, people - start)
        centres = random.standard_normal((count, 1, dimension), np.float32)
        block = centres + 0.5 * random.standard_normal((count, samples, dimension), np.float32)
        block /= np.linalg.norm(block, axis=2, keepdims=True)
        vectors[start * samples : (start + count) * samples] = block.reshape(-1, dimension)
    ids = np.repeat(np.arange(1, people + 1), samples)
    return Gallery("made-up", vectors, ids, {})
