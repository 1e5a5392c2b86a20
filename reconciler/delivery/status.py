"""The status of sinks: how far each was told, as git has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from reconciler.delivery.position import Branch, position
from reconciler.delivery.senders import Senders
from reconciler.model.config import Sink
from reconciler.provenance.announcement import read_announcements

MOST: Final = 1_000
"""Changes that are counted for one sink."""


@dataclass(frozen=True, slots=True)
class SinkStatus:
    """What is known of one sink."""

    sink: Sink
    cursor: str | None
    """The commit that it was last told of; None if no process has told it of anything yet."""
    behind: int
    """The changes that it was not told of."""
    is_more: bool = False
    """Whether there are more than those that were counted."""
    problem: str | None = None
    """Why a process on this machine, with this installation, would leave it alone."""


def read_sink_status(branch: Branch, sinks: Iterable[Sink], head: str, senders: Senders) -> list[SinkStatus]:
    """The status of the sinks of a branch at `head`, as of the last fetch."""
    wanted = list(sinks)
    cursors = branch.repository.cursors(branch.upstream, [sink.name for sink in wanted])
    return [_status(branch, sink, cursors.get(sink.name), head, senders.problem(sink)) for sink in wanted]


def _status(branch: Branch, sink: Sink, cursor: str | None, head: str, problem: str | None) -> SinkStatus:
    at = position(branch, cursor, head, head) if cursor is not None else head
    behind = 0
    while at != head and behind < MOST:
        batch = read_announcements(branch.repository, branch.place, at, head)
        told = (each for item in batch.items for each in item.notifications)
        behind += sum(sink.wants(each.tag, each.change) for each in told)
        at = batch.end
    return SinkStatus(sink, cursor, behind, is_more=at != head, problem=problem)
