"""The images inside the indexes of a commit, for commands that rarely need to look them up."""

from __future__ import annotations

from reconciler.app.app import App
from reconciler.cli.registries import open_registries
from reconciler.model.history import TagEvent
from reconciler.model.name import IstagName
from reconciler.model.observation import Answer
from reconciler.model.stream import Declarations
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.index_members import Inside, LookUp, inside


def index_members(app: App, snapshot: Snapshot) -> Inside:
    """The images inside the indexes of a commit; the registries are imported and opened at the first question."""
    return inside(_looking_up(app), snapshot.declarations, snapshot.histories)


def _looking_up(app: App) -> LookUp:
    def look_up(name: IstagName, event: TagEvent, declarations: Declarations) -> Answer:
        return open_registries(app).look_up(name, event, declarations)

    return look_up
