"""The images inside the indexes of a commit, for commands that rarely need to look them up."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.model.history import TagEvent
from reconciler.model.name import IstagName
from reconciler.model.observation import Answer
from reconciler.model.stream import Declarations
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.index_members import Inside, inside
from reconciler.reconcile.registries import Registries


def index_members(registries: Callable[[], Registries], snapshot: Snapshot) -> Inside:
    """The images inside the indexes of a commit; `registries` is called at the first question."""

    def look_up(name: IstagName, event: TagEvent, declarations: Declarations) -> Answer:
        return registries().look_up(name, event, declarations)

    return inside(look_up, snapshot.declarations, snapshot.histories)
