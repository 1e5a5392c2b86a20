"""The pass: it reads a branch, looks up sources in registries, and pushes the commits that follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from reconciler.model.plan import Plan
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.plan import plan_pass
from reconciler.planning.world import World
from reconciler.reconcile.apply import apply
from reconciler.reconcile.field_edit import EditedFiles
from reconciler.reconcile.kept_answers import KeptAnswers
from reconciler.reconcile.observe import observe
from reconciler.reconcile.registries import Registries
from reconciler.reconcile.snapshot_cache import SnapshotCache
from reconciler.reconcile.writer import Composition, Push, Result, Target, Writer

Confirm = Callable[[Plan], bool]
Part = Callable[[World], World]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before a pass."""

    commit: str
    """What the upstream was last seen at."""
    part: Part | None = None
    """Gives the part of that commit's World that can change; None for all of it. It is not used on another commit."""

    def part_of(self, world: World) -> World:
        """What the pass is planned on."""
        return self.part(world) if self.part is not None and self.commit == world.revision else world


@dataclass(frozen=True, slots=True)
class Reconciler:
    """What passes work with; built by the composition root, used once or many times."""

    writer: Writer
    registries: Registries
    snapshots: SnapshotCache = field(default_factory=SnapshotCache)
    """What the last pass read, for processes that run many."""

    def read_world(self, target: Target, commit: str) -> World:
        """The World of a commit as far as git knows it, kept for the next pass."""
        world = self.snapshots.read_world(self.writer.repository, commit, target.branch)
        return world.with_installation(self.registries.installation)


def run_pass(
    reconciler: Reconciler,
    target: Target,
    scope: PassScope,
    *,
    confirm: Confirm | None = None,
    known: Known | None = None,
) -> Result:
    """Run one pass over a branch. Raises `ConflictError` or a `RemoteError` if nothing could be written.

    1. The writer fetches the branch; on its tip the pass composes commits, and once more if the remote moved meanwhile.
    2. Observe: the commit is read (`read_world`, kept between passes), what people changed since the last pass is
       understood (`provenance`), and the registries answer what is due (`planning.lookup`).
    3. Plan: what people changed is settled, sources are compared with the tops of the stacks (`planning.plan`). No I/O.
    4. Apply: the changes become drafts of commits, one for each that can be reverted alone (`planning.commit`), with
       the image fields that they write (`field_edit`).
    5. The writer builds the commits, pushes them without force together with the tip reference, and fast-forwards the
       local branch. What was written is known for the next pass without reading it.

    `confirm` is called before the first pass over a repository; `known` is what the upstream was last seen at.
    """
    kept = KeptAnswers()

    def compose(base: str) -> Composition:
        world = reconciler.read_world(target, base)
        answers = kept.on(world.record.histories)
        world = known.part_of(world) if known else world
        repository = reconciler.writer.repository
        subjects = observe(repository, world, scope, reconciler.registries, answers)
        planned = plan_pass(subjects, reconciler.writer.clock.now())
        files = EditedFiles(repository, base)
        return apply(planned, subjects, files, reconciler.writer.committer, confirm)

    result = reconciler.writer.write(target, compose, known.commit if known else None)
    if result.push is Push.DONE and result.head is not None:
        reconciler.snapshots.advance(result.plan, result.head)
    return result
