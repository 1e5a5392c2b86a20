"""Settling: what people did to histories, holds and the spec since the reconciler last wrote (design 3.2, 3.3).

    | people                                  | the pass                                                  |
    | --------------------------------------- | --------------------------------------------------------- |
    | rolled back, or undid a roll back       | holds what was rolled back, releases what came back       |
    | changed the entries of a hold           | takes it as a decision, or undoes it                      |
    | declared another source                 | releases what was held from the old one                   |
    | invented, changed or reordered events   | undoes it, in a commit that names the commit it undoes    |
    | took a tag out of the spec              | removes its files                                         |
    | brought a tag back                      | brings its history and its holds back from git            |

An istag with a decision of a person is not moved in the same pass.
"""

from __future__ import annotations

from reconciler.model.change import Change, Hold, Remove, Restore, Unhold
from reconciler.model.history import TagHistory, TagHold, identity_of
from reconciler.model.name import IstagName
from reconciler.model.person import Request
from reconciler.planning import problem
from reconciler.planning.holding import Entries, decision, without
from reconciler.planning.isolation import Decision
from reconciler.planning.stacks import Stacks
from reconciler.planning.subject import Subjects
from reconciler.planning.transition import Meaning
from reconciler.planning.undeclared import stays
from reconciler.planning.world import EditedHistory, EditedHold


class Settling:
    """Settles what people did to one istag after another."""

    def __init__(self, subjects: Subjects, stacks: Stacks) -> None:
        self._subjects = subjects
        self._world = subjects.world
        self._stacks = stacks

    def names(self) -> list[IstagName]:
        """The istags that may have something to settle."""
        edited = self._world.edited
        return sorted({*edited.histories, *edited.holds, *self._world.record.holds})

    def settle(self, name: IstagName) -> Decision:
        """Undo what is to be undone; hold and release what people decided.

        For an istag that is no longer declared, an unreadable file is mended, so that it can be removed with the
        others, and an invented hold without a history is undone.
        """
        record, edited = self._world.record, self._world.edited
        if not self._is_kept(name) and name not in record.unreadable:
            if name not in record.histories and self._undone_hold(name) is not None:
                yield from self._hold(name)
            return
        history = edited.histories.get(name)
        if history is not None and decision(name, self._world) is None:
            yield from self._undo(name, history)
        is_rolled_back = history is not None and bool(history.transition.held)
        if name not in record.unreadable or name in edited.holds or is_rolled_back:
            yield from self._hold(name)

    def restore(self, name: IstagName) -> Decision:
        """Give a tag that came back its history from git, not from the registry (design 3.2 rule 4)."""
        restorable = self._world.record.restorable.get(name)
        if restorable is None or name in self._world.record.histories:
            return
        self._stacks.bring_back(restorable.history)
        entries = self._subjects.entries(name)
        self._stacks.hold(name, entries)
        yield Restore(
            tag=name,
            image=identity_of(restorable.history.top),
            history=restorable.history,
            request=self._world.spec.requests.get(name),
            undoes=restorable.commit,
            hold=TagHold(name, entries) if entries else None,
        )

    def remove(self, name: IstagName) -> Decision:
        """Remove the files of an istag that lost its spec tag, unless it was pushed or imported as a whole."""
        world = self._world
        recorded, top = world.record.top(name), self._stacks.top(name)  # this pass may have put a push on it
        if world.spec.declares(name) or recorded is None or top is None or stays(name, top, world):
            return
        edited = decision(name, world)
        if edited is not None:
            yield problem.removed_again(name, edited)
        hold = TagHold(name) if name in world.record.holds else None
        yield Remove(tag=name, previous=recorded.identity, history=TagHistory(name), hold=hold)

    def _is_kept(self, name: IstagName) -> bool:
        """Whether a spec declares the istag, even in a broken file, or it stays without a spec tag."""
        top = self._world.record.top(name)
        return self._world.spec.declares(name) or (top is not None and stays(name, top, self._world))

    def _undo(self, name: IstagName, edited: EditedHistory) -> Decision:
        """Bring a history back to what was last recorded."""
        self._stacks.settled.add(name)
        self._stacks.record(edited.old)
        yield Restore(
            tag=name,
            image=identity_of(edited.old.top),
            previous=identity_of(self._world.record.top(name)),
            history=edited.old,
            undoes=edited.commit,
        )
        yield problem.undone_history(name, edited)

    def _hold(self, name: IstagName) -> Decision:
        """Hold what was rolled back, release what came back, was declared anew or is on top."""
        before, entries = self._stacks.held(name), self._subjects.entries(name)
        self._stacks.hold(name, entries)
        undone = self._undone_hold(name)
        is_unreadable = undone is not None and undone.transition.meaning is Meaning.UNREADABLE
        if entries == before and not is_unreadable:
            return
        yield self._hold_change(name, before, entries)
        if undone is not None or decision(name, self._world) is not None:
            self._stacks.settled.add(name)
        if undone is not None:
            yield problem.undone_hold(name, undone)

    def _undone_hold(self, name: IstagName) -> EditedHold | None:
        """What people did to the hold, if it is to be undone."""
        edited = self._world.edited.holds.get(name)
        return edited if edited is not None and edited.transition.meaning is not Meaning.DECIDED else None

    def _hold_change(self, name: IstagName, before: Entries, entries: Entries) -> Change:
        held = tuple(entry.identity for entry in entries if entry not in before)
        released = tuple(entry.identity for entry in without(before, (entry.identity for entry in entries)))
        edited, top = decision(name, self._world), self._stacks.top(name)
        image = identity_of(top)
        previous = identity_of(edited.old.top) if edited else image
        undone, hold = self._undone_hold(name), TagHold(name, entries)
        if undone:
            return Restore(
                tag=name,
                image=image,
                previous=previous,
                request=self._world.spec.requests.get(name),
                hold=hold,
                undoes=undone.commit,
                held=held,
                released=released,
            )
        request = self._decided_by(name, has_held=bool(held))
        if held:
            return Hold(
                tag=name, image=image, previous=previous, request=request, hold=hold, held=held, released=released
            )
        return Unhold(tag=name, image=image, previous=previous, request=request, hold=hold, released=released)

    def _decided_by(self, name: IstagName, *, has_held: bool) -> Request | None:
        """Whose decision a change of a hold is; None after a rewrite of the branch."""
        edited = self._world.edited
        history = decision(name, self._world) or (edited.histories.get(name) if has_held else None)
        by = history or edited.holds.get(name)
        if by is None:
            return self._world.spec.requests.get(name)
        return Request(by.person, by.commit) if by.person is not None else None
