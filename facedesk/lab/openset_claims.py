"""What the product promises of strangers, twins and time: held or not by what was seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from facedesk.lab.doubles import Doubles
from facedesk.lab.openset import (
    EVERY_SIZE,
    FACEDESK,
    SAME_RATE,
    THIS_SIZE,
    Outcome,
    Setting,
)

_FRAMES_A_SECOND = (30, 10)


@dataclass(frozen=True, slots=True)
class Claim:
    """`held` is None for a line that promises nothing and is there to be read beside the others."""

    held: bool | None
    promise: str
    seen: str

    def line(self) -> str:
        mark = {True: "held", False: "NOT HELD", None: ""}[self.held]
        return f"{mark:9s} {self.promise}: {self.seen}"


def claims(
    settings: Sequence[Setting], twins: Doubles, without: Doubles, wanted_fpir: float
) -> list[Claim]:
    """One line for each promise of the open-set decision. Needs one setting or more."""
    return [
        _fpir(settings, wanted_fpir),
        _fnir(
            settings,
            (SAME_RATE, THIS_SIZE),
            "by the lowest fixed cosine for each size, both at the wanted FPIR in hindsight",
        ),
        _fnir(
            settings,
            (FACEDESK, EVERY_SIZE),
            "by the lowest fixed cosine that holds the wanted FPIR at every size",
        ),
        _fnir(
            settings,
            (FACEDESK, THIS_SIZE),
            "by the lowest fixed cosine for each size, which only these strangers could tell",
            promised=False,
        ),
        *(_named(settings, rule) for rule in ("fixed, card fmr_1e-5", "fixed 0.5, any frame")),
        _strangers(settings, wanted_fpir),
        _closest(settings),
        _twins(twins, without),
        *_time(settings),
    ]


def _fpir(settings: Sequence[Setting], wanted_fpir: float) -> Claim:
    ours = [(one, of(one, FACEDESK).fpir) for one in settings]
    within = [seen for _, seen in ours if seen.low <= wanted_fpir]
    where, most = max(ours, key=lambda pair: pair[1].share)
    return Claim(
        len(within) == len(ours),
        f"strangers named (FPIR) within the bounds of {100 * wanted_fpir:g} %, no setting touched",
        f"{len(within)} of {len(ours)}; the most {round(most.share * most.count)} of "
        f"{most.count:,} ({100 * most.share:.2f} %, bounds {100 * most.low:.2f} to "
        f"{100 * most.high:.2f} %) before {_place(where)}",
    )


def _fnir(
    settings: Sequence[Setting], rules: tuple[str, str], words: str, *, promised: bool = True
) -> Claim:
    """The first of two rules against the second."""
    ours_rule, fixed_rule = rules
    pairs = [(one, of(one, ours_rule).fnir, of(one, fixed_rule).fnir) for one in settings]
    lower = [one for one, ours, fixed in pairs if ours.share < fixed.share]
    gains = sorted(100 * (fixed.share - ours.share) for _, ours, fixed in pairs)
    others = "; ".join(
        f"{_place(one)}: {100 * ours.share:.1f} against {100 * fixed.share:.1f} %"
        + (" (the bounds overlap)" if ours.low <= fixed.high else "")
        for one, ours, fixed in pairs
        if ours.share >= fixed.share
    )
    return Claim(
        len(lower) == len(pairs) if promised else None,
        f"enrolled refused (FNIR) less than {words}",
        f"{len(lower)} of {len(pairs)}, {gains[0]:+.1f} to {gains[-1]:+.1f} points less"
        + (f"; not before {others}" if others else ""),
    )


def _named(settings: Sequence[Setting], rule: str) -> Claim:
    shares = [100 * of(one, rule).fpir.share for one in settings]
    return Claim(None, f"strangers named by “{rule}”", f"{min(shares):.2f} to {max(shares):.2f} %")


def _strangers(settings: Sequence[Setting], wanted_fpir: float) -> Claim:
    largest = max(one.enrolled for one in settings)
    found = [of(one, FACEDESK).fpir for one in settings if one.enrolled == largest and one.visit]
    told = [
        f"{round(seen.share * seen.count)} of {seen.count:,} (at most {100 * seen.high:.2f} %)"
        for seen in found
    ]
    return Claim(
        all(seen.low <= wanted_fpir for seen in found),
        f"visits by strangers before {largest:,} people",
        f"named {', '.join(told)} with "
        + " and ".join(
            f"{one.samples:.1f}" for one in settings if one.enrolled == largest and one.visit
        )
        + " pictures a person",
    )


def _closest(settings: Sequence[Setting]) -> Claim:
    """The closest pairs of the galleries themselves, as far as the rules call them look-alikes."""
    visits = [one.twins for one in settings if one.visit]
    total = sum(one.visits for one in visits)
    return Claim(
        sum(one.misnamed for one in visits) == 0,
        "look-alikes of the galleries are given no colleague's name",
        f"of {total} visits {sum(one.asked_for_pin for one in visits)} sent to the PIN, "
        f"{sum(one.named for one in visits)} named rightly, "
        f"{sum(one.misnamed for one in visits)} wrongly, the rest refused",
    )


def _twins(ours: Doubles, without: Doubles) -> Claim:
    named = ours.named_rightly + ours.named_as_the_twin
    return Claim(
        ours.asked_for_pin > named,
        f"identical twins among {ours.people} people (one person under two names) go to the PIN "
        "rather than to a name",
        f"{ours.found} of {ours.people} pairs found alike; of {ours.visits} visits "
        f"{ours.asked_for_pin} ({100 * ours.asked_for_pin / ours.visits:.0f} %) sent to the PIN, "
        f"{ours.named_rightly} named rightly, {ours.named_as_the_twin} as the twin, "
        f"{ours.refused} refused; without these rules {without.named_rightly} rightly and "
        f"{without.named_as_the_twin} as the twin",
    )


def _time(settings: Sequence[Setting]) -> list[Claim]:
    ours = [of(one, FACEDESK) for one in settings if one.visit]
    told = []
    for words, frames_of in _QUANTILES:
        frames = max(frames_of(one) for one in ours)
        at = " and ".join(f"{1000 * frames / fps:.0f} ms at {fps}" for fps in _FRAMES_A_SECOND)
        told.append(Claim(None, f"good frames until the right name, {words} at most",
                          f"{frames:g}: {at} frames a second"))  # fmt: skip
    return told


_QUANTILES: tuple[tuple[str, Callable[[Outcome], float]], ...] = (
    ("median", lambda one: one.frames_median),
    ("95th percentile", lambda one: one.frames_p95),
)


def of(setting: Setting, rule: str) -> Outcome:
    """What one rule did there."""
    return next(one for one in setting.outcomes if one.rule == rule)


def _place(setting: Setting) -> str:
    kind = "visits" if setting.visit else "single pictures"
    return f"{setting.enrolled:,} with {setting.samples:.1f} pictures, {kind}"
