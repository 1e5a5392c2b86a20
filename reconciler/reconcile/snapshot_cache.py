"""SnapshotCache: what was last read of the repository, so that a process that runs for long reads only what differs."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping

from reconciler.documents.render.history import render_history
from reconciler.gitstore import FileEntry, Repository
from reconciler.model.change import Change, ChangeKind
from reconciler.model.history import TagHistory
from reconciler.model.name import IstagName
from reconciler.model.plan import Plan
from reconciler.planning.world import World
from reconciler.provenance.snapshot import read_snapshot
from reconciler.reading.declare import FileReadings
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.observe import look


class SnapshotCache:
    """The last state and World of one branch. One thread uses it."""

    def __init__(self) -> None:
        self._state: Snapshot | None = None
        self._world: World | None = None
        self._readings = FileReadings()

    def look(self, repository: Repository, commit: str, branch: str) -> World:
        """The World of a commit as far as git knows it; what is remembered of another one is not read again."""
        if self._world is None or self._world.revision != commit:
            state = read_snapshot(repository, commit, self._state, self._readings)
            self._world = look(repository, commit, branch, state)
            self._state = state
        return self._world

    def advance(self, plan: Plan, commit: str) -> None:
        """The commits of this plan, made on what is remembered, are all that `commit` has more.

        Where only stacks of declared istags grew, that is known without reading; anything else is read when it is asked
        for.
        """
        world = self._world
        if world is None or world.revision != plan.revision or not _is_plain(world):
            return
        if all(_is_growth(change, world) for change in plan.changes):
            grown = {change.tag: change.history for change in plan.changes if change.history is not None}
            record = dataclasses.replace(world.record, histories={**world.record.histories, **grown})
            self._world = dataclasses.replace(world, revision=commit, record=record)
            self._state = _grown(self._state, self._world, grown) if self._state else None

    def forget(self) -> None:
        """Look again even at the same commit: a reference of ours moved, or something failed half way."""
        self._world = None


def _is_plain(world: World) -> bool:
    """Whether nothing in the World is about commits that people made, nor about what stood in histories before."""
    edited = world.edited
    return edited.tip_is_current and not (edited.histories or edited.holds or world.record.older_events)


def _grown(state: Snapshot, world: World, grown: Mapping[IstagName, TagHistory]) -> Snapshot:
    """The state with the files of these histories, whose ids git would give them, so that nobody reads them again."""
    size = len(world.revision)
    files = {name.history_path: render_history(history) for name, history in grown.items()}
    fresh = {path: FileEntry("100644", "blob", _blob_id(data, size)) for path, data in files.items()}
    snapshot = dataclasses.replace(state.files, commit=world.revision, entries={**state.files.entries, **fresh})
    return dataclasses.replace(state, files=snapshot, histories=world.record.histories)


def _blob_id(data: bytes, size: int) -> str:
    """The object id of a file's content; with a wrong one the file would be read again, and nothing else."""
    text = b"blob %d\0" % len(data) + data
    long = hashlib.sha256(text)
    return (long if size == long.digest_size * 2 else hashlib.sha1(text, usedforsecurity=False)).hexdigest()


def _is_growth(change: Change, world: World) -> bool:
    moved = change.kind in {ChangeKind.MOVE, ChangeKind.REWRITE} and not change.writes_hold
    tag = world.spec.tag(change.tag)
    return moved and tag is not None and not tag.imported  # what is imported says what is still to come
