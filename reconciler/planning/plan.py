"""The plan: from what a pass decides about, and the time, to its changes in the order they are committed.

Rules kept here (design 3.2): only the top of a stack is compared; the same image again changes nothing, or rewrites the
top in place if it came another way; a failed lookup changes nothing; removal is a change of its own; problems of one
istag never stop another. No I/O, no clock: the same World, scope and time give the same Plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from reconciler.model.change import Move, Rewrite
from reconciler.model.hint import claimed
from reconciler.model.history import Cause, TagEvent, TagHistory, timestamp
from reconciler.model.name import IstagName
from reconciler.model.plan import Plan, Problem
from reconciler.planning import follow, problem
from reconciler.planning.awaited_tags import with_awaited_tags
from reconciler.planning.image_field import write_fields
from reconciler.planning.isolation import Decision, Decisions
from reconciler.planning.live_image import blocking_hold
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.resolution import Refusal, Resolved
from reconciler.planning.settling import Settling
from reconciler.planning.source import Sources
from reconciler.planning.stacks import Stacks
from reconciler.planning.subject import Subject, Subjects
from reconciler.planning.world import World


def plan(world: World, now: datetime, scope: PassScope | None = None) -> Plan:
    """Decide what a pass does on this World at this time."""
    return plan_pass(Subjects(world, scope or PassScope()), now)


def plan_pass(subjects: Subjects, now: datetime) -> Plan:
    """Decide what a pass does about its subjects at this time."""
    return _Planner(subjects, timestamp(now)).plan()


class _Planner:
    """One run of the decision; each istag is decided on the stacks that the ones before it left."""

    def __init__(self, subjects: Subjects, created: str) -> None:
        self._subjects = subjects
        self._world = subjects.world
        self._created = created
        self._stacks = Stacks(subjects.world)
        self._settling = Settling(subjects, self._stacks)
        self._sources = Sources(subjects, self._stacks)

    def plan(self) -> Plan:
        """Settle edits, decide listed istags, then declared ones in follow order, and remove undeclared ones."""
        world, subjects, decisions = self._world, self._subjects, Decisions()
        decisions.problems += problem.broken_files(world)
        for name in self._settling.names():
            decisions.add(name, self._settling.settle(name))
        decisions.problems += problem.failed_lists(world, subjects.scope)
        decisions.problems += problem.case_conflicts(subjects)
        decisions.problems += problem.unknown(subjects)
        for listed in subjects.undeclared.values():
            decisions.add(listed.name, self._decide_undeclared(listed))
        for recorded in subjects.recorded.values():
            decisions.add(recorded.name, self._report_held_if_not_listed(recorded))
        ordered = follow.order(world.spec.declarations)
        for name in ordered.istags:
            subject = subjects.of(name)
            if subject is not None:
                decisions.add(name, self._decide_declared(subject, ordered.cycles.get(name)))
        for name in sorted(world.record.histories):
            decisions.add(name, self._settling.remove(name))
        decisions.problems += self._unreadable()
        decisions.changes = list(with_awaited_tags(decisions.changes, subjects))
        write_fields(decisions, subjects, self._stacks)
        return Plan(world.revision, tuple(decisions.changes), tuple(decisions.problems))

    def _decide_undeclared(self, subject: Subject) -> Decision:
        """Decide an istag that a list gives. Unreadable files of such istags are reported elsewhere."""
        if self._is_left_alone(subject.name) or subject.name in self._world.record.unreadable:
            return
        resolution = self._sources.resolve(subject)
        if isinstance(resolution, Resolved):
            yield from self._settling.restore(subject.name)
        yield from self._follow(subject, resolution)

    def _decide_declared(self, subject: Subject, cycle: str | None) -> Decision:
        """Decide an istag with a spec tag; one in a cycle cannot be decided."""
        name, unreadable = subject.name, self._world.record.unreadable
        if self._is_left_alone(name):
            return
        if name in unreadable:
            yield problem.refused(name, problem.not_moved(name, unreadable[name]), subject.tag)
            return
        if cycle is not None:
            yield problem.refused(name, problem.follows_itself(name, cycle), subject.tag)
            return
        resolution = self._sources.resolve(subject)
        yield from self._settling.restore(name)
        yield from self._follow(subject, resolution)

    def _is_left_alone(self, name: IstagName) -> bool:
        """Whether people decided about the istag, or another name rules it out."""
        return name in self._stacks.settled or name in self._subjects.case_conflicts

    def _follow(self, subject: Subject, resolution: Resolved | Refusal | None) -> Decision:
        if isinstance(resolution, Refusal):
            yield problem.refused(subject.name, resolution, subject.tag)
        elif resolution is not None:
            if resolution.doubt is not None:
                yield problem.refused(subject.name, resolution.doubt, subject.tag)
            yield from self._compare(subject, resolution)
        elif not subject.tag.frozen:
            yield from self._report_held(subject)

    def _report_held_if_not_listed(self, subject: Subject) -> Decision:
        name = subject.name
        if name not in self._subjects.undeclared and name not in self._stacks.settled:
            yield from self._report_held(subject)

    def _report_held(self, subject: Subject) -> Decision:
        """Report the hold of a tag that is not due (design 3.3)."""
        entry = blocking_hold(subject, self._stacks.held(subject.name), self._subjects)
        if entry is not None:
            yield problem.refused(subject.name, problem.held(subject.name, entry, self._world), subject.tag)

    def _compare(self, subject: Subject, resolved: Resolved) -> Decision:
        """Move the istag to what its source gives, or rewrite its top if that is the same image."""
        name, history = subject.name, self._stacks.history(subject.name)
        if history.top is not None and history.top.identity == resolved.identity:
            yield from self._rewrite(subject, history, history.top, resolved)
            return
        refusal = self._barred(subject, resolved)
        if refusal is not None:
            yield problem.refused(name, refusal, subject.tag)
            return
        generation = history.top.generation + 1 if history.top else 1
        event = self._event(subject, resolved, self._created, generation)
        yield Move(
            tag=name,
            previous=history.top.identity if history.top else None,
            history=self._record(TagHistory(name, (event, *history.items)), resolved),
            request=resolved.request,
            metadata=resolved.metadata,
            pusher=self._pusher(event),
            first=self._stacks.is_new_stream(name.stream_name),
        )

    def _rewrite(self, subject: Subject, history: TagHistory, top: TagEvent, resolved: Resolved) -> Decision:
        """The same image from elsewhere: the top is rewritten in place; its time and generation stay."""
        name = subject.name
        event = self._event(subject, resolved, top.created, top.generation)
        same_source = event.source is not None and event.source.same(top.source, name.stream_name)
        if same_source and (event.pull_spec, event.import_mode) == (top.pull_spec, top.import_mode):
            return
        if subject.tag.frozen:
            yield problem.refused(name, problem.frozen(name), subject.tag)
            return
        yield Rewrite(
            tag=name,
            previous=top.identity,
            history=self._record(TagHistory(name, (event, *history.items[1:])), resolved),
            request=resolved.request,
            metadata=resolved.metadata,
            pusher=self._pusher(event),
        )

    def _event(self, subject: Subject, resolved: Resolved, created: str, generation: int) -> TagEvent:
        return TagEvent(
            image=resolved.image,
            pull_spec=resolved.pull_spec,
            created=created,
            generation=generation,
            source=resolved.source or subject.tag.source,
            cause=resolved.cause,
            import_mode=resolved.import_mode,
        )

    def _record(self, history: TagHistory, resolved: Resolved) -> TagHistory:
        """The stack with its old end cut, noted for the decisions that follow."""
        cut = TagHistory(history.name, history.items[: self._world.spec.config.history_limit])
        self._stacks.record(cut, request=resolved.request)
        return cut

    def _barred(self, subject: Subject, resolved: Resolved) -> Refusal | None:
        if subject.tag.frozen:
            return problem.frozen(subject.name)
        entries = self._stacks.held(subject.name)
        held = next((entry for entry in entries if entry.identity == resolved.identity), None)
        return problem.held(subject.name, held, self._world) if held is not None else None

    def _pusher(self, event: TagEvent) -> str | None:
        """Who pushed the tag that an event was filled from, as a registry's event claims (design 3.5)."""
        is_pushed = event.cause is Cause.PUSHED and event.source is not None
        return claimed(self._subjects.scope.claims, event.source.name) if is_pushed and event.source else None

    def _unreadable(self) -> Iterator[Problem]:
        """The files of ours that cannot be read, of istags that no spec tag names."""
        for name, reason in sorted(self._world.record.unreadable.items()):
            if self._world.spec.tag(name) is None and name not in self._stacks.settled:
                yield problem.unreadable(name, reason)
