"""Stacks: the histories and holds at this point of the plan, so that each decision sees those before it."""

from __future__ import annotations

from reconciler.model.history import TagEvent, TagHistory
from reconciler.model.name import IstagName, StreamName
from reconciler.model.person import Request
from reconciler.planning.holding import Entries
from reconciler.planning.world import World


class Stacks:
    """The histories and holds as the plan has left them so far."""

    def __init__(self, world: World) -> None:
        self._record = world.record
        self._written: dict[IstagName, TagHistory] = {}
        self._requests: dict[IstagName, Request] = {}
        self._holds: dict[IstagName, Entries] = {name: hold.held for name, hold in world.record.holds.items()}
        self._empty_streams = _streams_without_history(world)
        self.settled: set[IstagName] = set()
        """Istags about which people decided since the reconciler last wrote: they are not moved in this pass."""

    def history(self, name: IstagName) -> TagHistory:
        """The stack of an istag; empty if it has none."""
        return self._written.get(name) or self._record.histories.get(name) or TagHistory(name)

    def top(self, name: IstagName) -> TagEvent | None:
        """What an istag means."""
        return self.history(name).top

    def record(self, history: TagHistory, *, request: Request | None = None) -> None:
        """Note a stack that the plan writes, and who requested it."""
        self._written[history.name] = history
        if request is not None:
            self._requests[history.name] = request

    def bring_back(self, history: TagHistory) -> None:
        """Note a removed stack that the plan brings back: its stream has a history again."""
        self.record(history)
        self._empty_streams.discard(history.name.stream_name)

    def request(self, name: IstagName) -> Request | None:
        """Who requested what this plan has written for an istag."""
        return self._requests.get(name)

    def held(self, name: IstagName) -> Entries:
        """What holds an istag."""
        return self._holds.get(name, ())

    def hold(self, name: IstagName, entries: Entries) -> None:
        """Note what holds an istag from here on."""
        self._holds[name] = entries

    def is_new_stream(self, name: StreamName) -> bool:
        """Whether the stream had no history before this plan."""
        return name in self._empty_streams

    def events(self, stream: StreamName) -> list[TagEvent]:
        """Every event in the stacks of a stream."""
        names = sorted(name for name in {*self._record.histories, *self._written} if name.stream_name == stream)
        return [event for name in names for event in self.history(name).items]


def _streams_without_history(world: World) -> set[StreamName]:
    known = (*world.record.histories, *world.edited.histories, *world.record.unreadable)
    with_history = {name.stream_name for name in known}
    return {name for name in world.spec.declarations.streams if name not in with_history}
