"""The plan: from a World and the time to the changes of a pass, in the order they are committed.

Rules kept here (design 3.2): only the top of a stack is compared; the same image again changes nothing, or rewrites the
top in place when it came another way; a failed look changes nothing; removal is a change of its own; problems of one
istag never stop another. No I/O, no clock: the same World and time give the same Plan.
"""

from __future__ import annotations

from datetime import datetime

from reconciler.model.change import Change, Hold, Move, Remove, Restore, Rewrite, Unhold
from reconciler.model.hint import claimed
from reconciler.model.history import Cause, HeldImage, TagEvent, TagHistory, TagHold, timestamp
from reconciler.model.name import IstagName, StreamName
from reconciler.model.observation import Reason
from reconciler.model.person import Request
from reconciler.model.plan import Plan, Problem
from reconciler.model.stream import SpecTag
from reconciler.planning import follow, undeclared
from reconciler.planning.awaited_tags import with_outstanding
from reconciler.planning.holding import Entries, decided, held_text, settled, without
from reconciler.planning.isolation import Apart
from reconciler.planning.live_image import held_back
from reconciler.planning.outcome import Refusal, Wanted
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.problem import broken_files, failed_lists, passed_over, unknown
from reconciler.planning.source import Desk
from reconciler.planning.transition import Meaning
from reconciler.planning.world import EditedHistory, EditedHold, World

_UNDONE = {
    Meaning.INVENTED: "holds an event that was never recorded",
    Meaning.REORDERED: "has its events in another order",
    Meaning.UNREADABLE: "cannot be read any more",
}
_UNDONE_HOLD = {
    Meaning.INVENTED: "has an entry that was never recorded",
    Meaning.UNREADABLE: "cannot be read any more",
}


def plan(world: World, now: datetime, ask: PassScope | None = None) -> Plan:
    """Decide what a pass does on this World at this time."""
    return _Planner(world, timestamp(now), ask or PassScope()).run()


class _Planner:
    """One run of the decision; collects changes and problems in follow order."""

    def __init__(self, world: World, created: str, ask: PassScope) -> None:
        self._world = world
        self._created = created
        self._ask = ask
        self._desk = Desk(world, ask)
        self._changes: list[Change] = []
        self._problems: list[Problem] = []
        self._empty_streams = _streams_without_history(world)
        self._holds = {name: hold.held for name, hold in world.record.holds.items()}
        self._settled: set[IstagName] = set()
        self._namesakes = undeclared.namesakes(world, ask)
        self._apart = Apart(self._changes, self._problems)

    def run(self) -> Plan:
        self._problems.extend(broken_files(self._world))
        for name in sorted({*self._world.edited.histories, *self._world.edited.holds, *self._holds}):
            self._apart(name, self._settle, name)
        self._problems.extend(failed_lists(self._world, self._ask))
        self._problems.extend(passed_over(self._world, self._namesakes))
        self._problems.extend(unknown(self._world, self._ask))
        wanted = {each.name: each for each in undeclared.wanted(self._world, self._ask)}
        for each in wanted.values():
            self._apart(each.name, self._decide, each.name, each.tag, None, each.cause)
        for name, imported in undeclared.recorded(self._world):
            if name not in wanted and name not in self._settled:
                self._apart(name, self._say_held, name, imported)
        ordered = follow.order(self._world.spec.declarations)
        for name in ordered.istags:
            tag = self._world.spec.tag(name)
            if tag is not None:
                self._apart(name, self._decide, name, tag, ordered.cycles.get(name))
        for name in sorted(self._world.record.histories):
            self._apart(name, self._remove_if_undeclared, name)
        for name in sorted(self._world.record.unreadable):
            if self._world.spec.tag(name) is None and name not in self._settled:
                text = f"{name}: {self._world.record.unreadable[name]}"
                self._problems.append(Problem(name, Reason.INVALID, text, name.history_path))
        return Plan(
            self._world.revision, tuple(with_outstanding(self._changes, self._world, self._ask)), tuple(self._problems)
        )

    def _settle(self, name: IstagName) -> None:
        """What people did to the history or the hold of an istag comes first; it is not moved in the same pass.

        Of an istag that nobody declares any more only a file that cannot be read is mended, so that it can be removed;
        a hold that was never recorded goes also where there is no history to remove with it.
        """
        if not self._stands(name) and name not in self._world.record.unreadable:
            if name not in self._world.record.histories and self._undone_hold(name) is not None:
                self._hold(name)
            return
        foreign = self._world.edited.histories.get(name)
        if foreign is not None and decided(name, self._world) is None:
            self._undo(name, foreign)
        rolled_back = foreign is not None and bool(foreign.transition.held)
        if name not in self._world.record.unreadable or name in self._world.edited.holds or rolled_back:
            self._hold(name)

    def _stands(self, name: IstagName) -> bool:
        """Whether a spec declares the istag, perhaps with an error or in a file that does not load now."""
        return self._world.spec.declares(name) or _pushed(name, self._world)

    def _undo(self, name: IstagName, foreign: EditedHistory) -> None:
        """Bring a history back to what was last recorded."""
        there = self._world.record.histories.get(name)
        old = foreign.old.top
        self._settled.add(name)
        self._desk.record(foreign.old)
        self._changes.append(
            Restore(
                tag=name,
                image=old.identity if old else None,
                previous=there.top.identity if there and there.top else None,
                history=foreign.old,
                undoes=foreign.commit,
            )
        )
        what = _UNDONE[foreign.transition.meaning]
        text = f"{name}: its history {what} since {foreign.who.rstrip(',')}. It is undone."
        self._problems.append(Problem(name, Reason.DIVERGED, text, name.history_path))

    def _hold(self, name: IstagName) -> None:
        """Hold what was rolled back, release what came back, was declared anew or is on top."""
        there = self._holds.get(name, ())
        entries = self._holds[name] = settled(name, self._world)
        undone = self._undone_hold(name)
        unreadable = undone is not None and undone.transition.meaning is Meaning.UNREADABLE
        if entries == there and not unreadable:
            return
        self._changes.append(self._hold_change(name, there, entries))
        if undone is not None or decided(name, self._world) is not None:
            self._settled.add(name)
        if undone is not None:
            what = _UNDONE_HOLD[undone.transition.meaning]
            text = f"{name}: its hold {what} since {undone.who.rstrip(',')}. It is undone."
            self._problems.append(Problem(name, Reason.DIVERGED, text, name.hold_path))

    def _undone_hold(self, name: IstagName) -> EditedHold | None:
        """What people did to the hold, if it is to be undone."""
        foreign = self._world.edited.holds.get(name)
        return foreign if foreign is not None and foreign.transition.meaning is not Meaning.DECIDED else None

    def _hold_change(self, name: IstagName, there: Entries, entries: Entries) -> Change:
        undone = self._undone_hold(name)
        held = tuple(entry.identity for entry in entries if entry not in there)
        released = tuple(entry.identity for entry in without(there, (entry.identity for entry in entries)))
        foreign, top = decided(name, self._world), self._desk.history(name).top
        rewritten = self._world.edited.histories.get(name) if held else None
        by = foreign or rewritten or self._world.edited.holds.get(name)
        before = foreign.old.top if foreign else top
        image, previous = top.identity if top else None, before.identity if before else None
        request = self._holder(name, None if undone else by)
        hold = TagHold(name, entries)
        if undone:
            return Restore(
                tag=name,
                image=image,
                previous=previous,
                request=request,
                hold=hold,
                undoes=undone.commit,
                held=held,
                released=released,
            )
        if held:
            return Hold(
                tag=name, image=image, previous=previous, request=request, hold=hold, held=held, released=released
            )
        return Unhold(tag=name, image=image, previous=previous, request=request, hold=hold, released=released)

    def _holder(self, name: IstagName, by: EditedHistory | EditedHold | None) -> Request | None:
        """Whose decision a change of a hold is: nobody's in particular where people rewrote the branch."""
        if by is None:
            return self._world.spec.requests.get(name)
        return Request(by.person, by.commit) if by.person is not None else None

    def _decide(self, name: IstagName, tag: SpecTag, cycle: str | None, cause: Cause | None = None) -> None:
        """Decide one istag; `cause` is why it is looked at where no spec tag says so."""
        if name in self._settled or name in self._namesakes:
            return
        if name in self._world.record.unreadable and cause is not None:
            return  # said once for all that no spec tag names
        if name in self._world.record.unreadable:
            text = f"{name} is not moved: {self._world.record.unreadable[name]}"
            self._problem(name, Refusal(Reason.INVALID, text), tag)
            return
        if cycle is not None:
            text = f"{name} follows itself: {cycle}. Give one of them another source."
            self._problem(name, Refusal(Reason.CYCLE, text), tag)
            return
        outcome = self._desk.outcome(name, tag, cause)
        if cause is None or isinstance(outcome, Wanted):
            self._restore(name)
        if isinstance(outcome, Wanted) and outcome.doubt is not None:
            self._problem(name, outcome.doubt, tag)
        if isinstance(outcome, Refusal):
            self._problem(name, outcome, tag)
        elif outcome is not None:
            self._move(name, tag, outcome)
        elif not tag.frozen:
            self._say_held(name, tag)

    def _say_held(self, name: IstagName, tag: SpecTag) -> None:
        """A tag that is not due may be held all the same (design 3.3)."""
        entry = held_back(name, tag, self._holds.get(name, ()), self._world)
        if entry is not None:
            self._problem(name, self._held(name, entry), tag)

    def _restore(self, name: IstagName) -> None:
        """A tag whose spec came back gets its history from git, not from the registry (design 3.2 rule 4)."""
        restorable = self._world.record.restorable.get(name)
        if restorable is None or name in self._world.record.histories:
            return
        top = restorable.history.top
        self._desk.record(restorable.history)
        hold = self._holds[name] = settled(name, self._world)
        self._empty_streams.discard(name.stream_name)
        self._changes.append(
            Restore(
                tag=name,
                image=top.identity if top else None,
                history=restorable.history,
                request=self._world.spec.requests.get(name),
                undoes=restorable.commit,
                hold=TagHold(name, hold) if hold else None,
            )
        )

    def _move(self, name: IstagName, tag: SpecTag, wanted: Wanted) -> None:
        history = self._desk.history(name)
        top = history.top
        if top is not None and top.identity == wanted.identity:
            self._rewrite(name, tag, history, wanted)
            return
        refusal = self._barred(name, tag, wanted)
        if refusal is not None:
            self._problem(name, refusal, tag)
            return
        event = TagEvent(
            image=wanted.image,
            pull_spec=wanted.pull_spec,
            created=self._created,
            generation=top.generation + 1 if top else 1,
            source=wanted.source or tag.source,
            cause=wanted.cause,
            import_mode=wanted.import_mode,
        )
        self._record(name, TagHistory(name, (event, *history.items)), wanted)

    def _rewrite(self, name: IstagName, tag: SpecTag, history: TagHistory, wanted: Wanted) -> None:
        """The same image from elsewhere: the top is rewritten in place; its time and generation stay."""
        top = history.items[0]
        fresh = TagEvent(
            image=top.image,
            pull_spec=wanted.pull_spec,
            created=top.created,
            generation=top.generation,
            source=wanted.source or tag.source,
            cause=wanted.cause,
            import_mode=wanted.import_mode,
        )
        same_source = fresh.source is not None and fresh.source.same(top.source, name.stream_name)
        if same_source and (fresh.pull_spec, fresh.import_mode) == (top.pull_spec, top.import_mode):
            return
        if tag.frozen:
            self._problem(name, _frozen(name), tag)
            return
        self._record(name, TagHistory(name, (fresh, *history.items[1:])), wanted)

    def _barred(self, name: IstagName, tag: SpecTag, wanted: Wanted) -> Refusal | None:
        if tag.frozen:
            return _frozen(name)
        held = next((entry for entry in self._holds.get(name, ()) if entry.identity == wanted.identity), None)
        return self._held(name, held) if held is not None else None

    def _held(self, name: IstagName, entry: HeldImage) -> Refusal:
        return Refusal(Reason.HELD, held_text(name, entry, self._world.record.holders.get((name, entry.identity))))

    def _record(self, name: IstagName, history: TagHistory, wanted: Wanted) -> None:
        before = self._desk.history(name).top
        history = TagHistory(name, history.items[: self._world.spec.config.history_limit])
        self._desk.record(history, request=wanted.request)
        previous, top = before.identity if before else None, history.items[0]
        pusher = self._pusher(wanted.cause, top)
        if previous == top.identity:
            self._changes.append(
                Rewrite(
                    tag=name,
                    previous=previous,
                    history=history,
                    request=wanted.request,
                    metadata=wanted.metadata,
                    pusher=pusher,
                )
            )
            return
        self._changes.append(
            Move(
                tag=name,
                previous=previous,
                history=history,
                request=wanted.request,
                metadata=wanted.metadata,
                pusher=pusher,
                first=name.stream_name in self._empty_streams,
            )
        )

    def _pusher(self, cause: Cause, event: TagEvent) -> str | None:
        """Who is said to have pushed the very tag that an event was filled from (design 3.5)."""
        pushed = cause is Cause.PUSHED and event.source is not None
        return claimed(self._ask.claims, event.source.name) if pushed and event.source else None

    def _remove_if_undeclared(self, name: IstagName) -> None:
        world = self._world
        if world.spec.declares(name):
            return
        history = world.record.histories[name]
        top = self._desk.history(name).top  # this pass may have put a push on it
        if history.top is None or top is None or undeclared.stays(name, top, world):
            return
        foreign = world.edited.histories.get(name)
        if foreign is not None and foreign.transition.meaning is Meaning.DECIDED:
            text = (
                f"{name} has no spec tag, but {foreign.who} brought its "
                "history back. It is removed again; declare the tag to keep it."
            )
            self._problems.append(Problem(name, Reason.DIVERGED, text, name.history_path))
        self._changes.append(
            Remove(
                tag=name,
                previous=history.top.identity,
                history=TagHistory(name),
                hold=TagHold(name) if name in world.record.holds else None,
            )
        )

    def _problem(self, name: IstagName, refusal: Refusal, tag: SpecTag) -> None:
        file, line = tag.position.file, tag.position.line or None
        self._problems.append(Problem(name, refusal.reason, refusal.message, file, line, waits=refusal.waits))


def _frozen(name: IstagName) -> Refusal:
    text = f"{name} is frozen and does not move. `imagestream unfreeze {name}` lets it."
    return Refusal(Reason.FROZEN, text)


def _pushed(name: IstagName, world: World) -> bool:
    """Whether the istag stays without a spec tag."""
    history = world.record.histories.get(name)
    return history is not None and history.top is not None and undeclared.stays(name, history.top, world)


def _streams_without_history(world: World) -> set[StreamName]:
    with_history = {
        name.stream_name for name in (*world.record.histories, *world.edited.histories, *world.record.unreadable)
    }
    return {name for name in world.spec.declarations.streams if name not in with_history}
