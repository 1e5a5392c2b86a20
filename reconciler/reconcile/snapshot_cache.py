"""The snapshot and the World of a branch, kept between passes: a long-lived process reads only what changed."""

from __future__ import annotations

import dataclasses

from reconciler.gitstore import Repository
from reconciler.model.change import Change, EventChange
from reconciler.model.plan import Plan
from reconciler.planning.world import World
from reconciler.provenance.snapshot import read_snapshot
from reconciler.reading.declare import FileReadings
from reconciler.reading.publication import PublishedSnapshot
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.observe import read_world


class SnapshotCache:
    """The last Snapshot and World of one branch. One thread uses it; other threads read `published`."""

    def __init__(self, published: PublishedSnapshot | None = None) -> None:
        """Publish every new snapshot at `published`, or at a place of its own.

        A snapshot that is published there already is the one from which the next one is made.
        """
        self.published = published or PublishedSnapshot()
        self._snapshot: Snapshot | None = self.published.current
        self._world: World | None = None
        self._readings = FileReadings()

    @property
    def world(self) -> World | None:
        """The World that `read_world` returns for the same commit without reading; None if it would read again."""
        return self._world

    def read_world(self, repository: Repository, commit: str, branch: str) -> World:
        """The World of a commit as far as git knows it. What did not change since the last commit is not read again."""
        if self._world is None or self._world.revision != commit:
            snapshot = read_snapshot(repository, commit, self._snapshot, self._readings)
            return self._keep(snapshot, read_world(repository, commit, branch, snapshot, self._readings))
        return self._world

    def advance(self, plan: Plan, commit: str) -> None:
        """Move on to a commit that adds only the commits of this plan to the commit that is kept.

        If only stacks of declared istags grew, and no workload was written, the new World is known without reading
        anything. Otherwise it is read by the next `read_world`.
        """
        world, snapshot = self._world, self._snapshot
        if world is None or snapshot is None or world.revision != plan.revision or not _is_plain(world):
            return
        if all(_is_growth(change, world) for change in plan.changes):
            grown = {change.tag: change.history for change in plan.changes if change.history is not None}
            snapshot = snapshot.with_histories(commit, grown)
            record = dataclasses.replace(world.record, histories=snapshot.histories)
            self._keep(snapshot, dataclasses.replace(world, revision=commit, record=record))

    def forget(self) -> None:
        """Read again, even the same commit: a reference of ours moved, or something failed half way."""
        self._world = None

    def _keep(self, snapshot: Snapshot, world: World) -> World:
        self._snapshot, self._world = snapshot, world
        self.published.publish(snapshot)
        return world


def _is_plain(world: World) -> bool:
    """Whether nothing in the World depends on commits that people made, or on earlier contents of histories."""
    edited = world.edited
    return edited.tip_is_current and not (edited.histories or edited.holds or world.record.older_events)


def _is_growth(change: Change, world: World) -> bool:
    tag = world.spec.tag(change.tag)
    is_plain = tag is not None and not tag.imported  # the commit of an imported tag records what is still to come
    return isinstance(change, EventChange) and is_plain and not change.edits
