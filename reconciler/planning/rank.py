"""Selection by rank: the greatest tag by version, number or text.

A tag that is not a version only because of a 0 in front of a number is reported if it would be the greatest.
"""

from __future__ import annotations

from reconciler.model.observation import Reason
from reconciler.model.selection import Rank
from reconciler.planning.candidate import Choice, padded, ranked
from reconciler.planning.chooser import Chooser
from reconciler.planning.resolution import Refusal


def choose_greatest(chooser: Chooser) -> Choice:
    """The choice by rank."""
    candidates = ranked(chooser.selection, chooser.listed)
    recorded = chooser.recorded
    floor = chooser.selection.rank(recorded.tag) if recorded is not None else None
    newer = [tag for rank, tag in candidates if floor is None or rank > floor]
    incomplete = chooser.incomplete()
    if incomplete is not None:
        return incomplete
    best = max([*(rank for rank, _ in candidates[:1]), *([floor] if floor is not None else [])], default=None)
    choice = chooser.first_usable(newer) or chooser.unchanged(has_candidates=bool(candidates))
    return choice.beside(_no_version(chooser, best))


def _no_version(chooser: Chooser, best: Rank | None) -> Refusal | None:
    """The report of a tag that would be the greatest if its numbers had no 0 in front."""
    zeros = padded(chooser.selection, chooser.listed)
    if not zeros or (best is not None and zeros[0][0] <= best):
        return None
    return Refusal(Reason.INVALID, f"{chooser.name}: {chooser.left_out(zeros[0][1])}", waits=True)
