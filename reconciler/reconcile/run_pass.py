"""Reconcile: one pass over a branch, as a composition of observe, plan and apply."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.model.history import TagHistory
from reconciler.model.name import IstagName
from reconciler.model.observation import Failure, Reason
from reconciler.model.person import Person
from reconciler.model.phrase import some
from reconciler.model.plan import Plan
from reconciler.model.reference import Reference
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.plan import plan_pass
from reconciler.planning.problem import concerning
from reconciler.planning.repository_list import left_out_notes
from reconciler.planning.subject import Subjects
from reconciler.planning.world import World
from reconciler.provenance.snapshot import read_snapshot
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.apply import compose
from reconciler.reconcile.ask import Answers
from reconciler.reconcile.observe import Registries, look, observe
from reconciler.reconcile.rolled_back import after_roll_back
from reconciler.reconcile.scope import scope
from reconciler.reconcile.snapshot_cache import SnapshotCache
from reconciler.reconcile.writer import Composition, Push, Result, Target, Writer
from reconciler.rules.name import windows_problem

MOST_NAMES = 5
"""How many istags one note names."""

Confirm = Callable[[Plan], bool]
Part = Callable[[World], World]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before a pass."""

    commit: str
    """What the upstream was last seen at."""
    part: Part | None = None
    """The part of that commit's World that can change, where that is not everything; on another commit it counts for
    nothing."""


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Runs passes; built by the composition root, used once or many times."""

    writer: Writer
    registries: Registries
    snapshots: SnapshotCache = field(default_factory=SnapshotCache)
    """What the last pass read; of use where there are many."""

    def run(
        self, target: Target, scope: PassScope, *, confirm: Confirm | None = None, known: Known | None = None
    ) -> Result:
        """Run a pass. Raises `ConflictError` or a `RemoteError` when nothing could be written.

        `confirm` is asked before the first pass over a repository; `known` is what the upstream was last seen at.
        """
        tries = _Tries()

        def composed(base: str) -> Composition:
            world = self.look(target, base)
            answers = tries.answers_on(world.record.histories)
            if known is not None and known.part is not None and known.commit == base:
                world = known.part(world)
            return self._compose(observe(self.writer.repository, world, scope, self.registries, answers), confirm)

        result = self.writer.write(target, composed, known.commit if known else None)
        if result.push is Push.DONE and result.head is not None:
            self.snapshots.advance(result.plan, result.head)
        return result

    def look(self, target: Target, commit: str) -> World:
        """The World of a commit as far as git knows it, remembered for the next pass."""
        world = self.snapshots.look(self.writer.repository, commit, target.branch)
        return world.with_installation(self.registries.installation)

    def import_(self, target: Target, text: str, person: Person, known: str | None = None) -> Result:
        """Look at the source of one istag, or at all of a stream's, now (as `oc import-image`).

        `known` is a commit to go on from, which need not be pushed yet. Raises `InputError` when there is nothing to
        look at.
        """
        state = read_snapshot(self.writer.repository, known or self.writer.base(target))
        asked = scope(state, text, self.registries.installation, person)
        result = self.run(target, asked, known=Known(known) if known else None)
        return dataclasses.replace(result, plan=_of(result.plan, asked, state))

    def preview_import(self, target: Target, commit: str, text: str, person: Person) -> Plan:
        """What `import_` would commit on top of a commit."""
        repository = self.writer.repository
        state = read_snapshot(repository, commit)
        asked = scope(state, text, self.registries.installation, person)
        subjects = observe(repository, look(repository, commit, target.branch), asked, self.registries, Answers())
        return _of(plan_pass(subjects, self.writer.clock.now()), asked, state)

    def _compose(self, subjects: Subjects, confirm: Confirm | None) -> Composition:
        world, planned = subjects.world, plan_pass(subjects, self.writer.clock.now())
        left_out = left_out_notes(world, subjects.scope)
        told = (*world.edited.notes, *_taken(world), *left_out, *_devices(planned, world))
        if not planned.changes:
            stranded = _is_stranded(world)
            return Composition(planned, notes=told, tip=world.edited.tip_target, stranded=stranded)
        if confirm is not None and not world.record.histories and not confirm(planned):
            return Composition(planned, notes=("Nothing was written.",))
        composed = compose(planned, world.spec.config.commit, self.writer.committer, passes=True)
        return dataclasses.replace(composed, notes=(*told, *_hints(planned, world)))


def _of(planned: Plan, asked: PassScope, state: Snapshot) -> Plan:
    """The plan without the problems of what nobody asked for."""
    problems = concerning(planned.problems, asked, state.declarations, state.protected)
    return dataclasses.replace(planned, problems=tuple(problems))


@dataclass(slots=True)
class _Tries:
    """What one try of a pass leaves to the next, which plans on another tip."""

    answers: Answers = field(default_factory=Answers)
    histories: Mapping[IstagName, TagHistory] | None = None

    def answers_on(self, histories: Mapping[IstagName, TagHistory]) -> Answers:
        """The answers that still count on a tip with these histories; the others are asked for again.

        Where another reconciler has recorded an event meanwhile, it may have asked later than this one: the registry
        went from A to B, this one heard A, that one recorded B. A on top of it would be an event that never was.
        """
        before, self.histories = self.histories, histories
        if before is not None:
            changed = [name for name in {*before, *histories} if before.get(name) != histories.get(name)]
            tops = [each.top for name in changed for each in (before.get(name), histories.get(name)) if each]
            references = [Reference.parse(top.pull_spec) for top in tops if top]
            self.answers.forget({(reference.host, reference.repository) for reference in references})
        return self.answers


def _taken(world: World) -> tuple[str, ...]:
    """What was taken as it stands; the tip that this pass leaves behind keeps the next one from saying it again."""
    names = sorted(world.edited.accepted_as_is)
    if not names:
        return ()
    named = some(names, MOST_NAMES)
    return (f"taken as the branch has it, because no commit says that the reconciler wrote it: {named}.",)


def _hints(planned: Plan, world: World) -> tuple[str, ...]:
    """What to know after a roll back."""
    return tuple(after_roll_back(change.tag, world) for change in planned.changes if change.cause == "rolled-back")


def _devices(planned: Plan, world: World) -> Iterator[str]:
    """What is said of histories that begin in this pass and that Windows cannot check out."""
    for change in planned.changes:
        begins = change.history is not None and change.tag not in world.record.histories
        text = windows_problem(change.tag) if begins else None
        if text is not None:
            yield text


def _is_stranded(world: World) -> bool:
    replies = [*world.observed.answers.values(), *world.observed.listings.values()]
    failures = [reply for reply in replies if isinstance(reply, Failure)]
    everyone = bool(replies) and len(failures) == len(replies)
    return everyone and all(failure.reason is Reason.UNREACHABLE for failure in failures)
