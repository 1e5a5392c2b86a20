"""Subjects: the istags that a pass decides about, each with what the decision needs, worked out once.

`Subjects` is one pass: a World in a scope. It tells which tags are due, which question resolves each, what holds them
and which names conflict. The lookups of the pass (`lookup`), the plan, `status`, the preview of a pull request and the
schedule of the daemon read it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from reconciler.model.history import Cause, TagEvent, TagHold
from reconciler.model.name import IstagName
from reconciler.model.observation import Question
from reconciler.model.stream import SpecTag
from reconciler.planning.case_conflict import Precedences, case_conflicts, precedences, ruled_out
from reconciler.planning.due import cause, is_resolved
from reconciler.planning.holding import Entries, entries_after_pass
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.question import push_question, question, takes_pushes
from reconciler.planning.transition import Meaning
from reconciler.planning.undeclared import UndeclaredTag, listed_tags, recorded
from reconciler.planning.world import World


@dataclass(frozen=True, slots=True)
class Subject:
    """One istag that a pass decides about."""

    name: IstagName
    tag: SpecTag
    """Its spec tag, or the one made for an undeclared istag."""
    cause: Cause | None
    """Why the source is resolved in this pass; None if it is not due."""
    top: TagEvent | None
    """What it means at this commit, or meant when its history was removed."""
    question: Question | None
    """The question for its own source; None if that is not one image of a registry."""
    is_declared: bool = True
    is_resolved: bool = True
    """Whether its source is what the history, or a hold, records."""


class Subjects:
    """What one pass decides about: a World in a scope."""

    def __init__(self, world: World, scope: PassScope) -> None:
        self.world = world
        self.scope = scope
        self._declared: dict[IstagName, Subject] = {}
        self._listed: dict[IstagName, Subject] = {}
        self._entries: dict[IstagName, Entries] = {}

    def on(self, world: World) -> Subjects:
        """The same pass on a World with more in it: answers of registries, or removed histories from git."""
        before, after = self.world.record.restorable, world.record.restorable
        found = {name for name, each in after.items() if each is not before.get(name)}
        subjects = Subjects(world, self.scope)
        subjects._declared = {name: each for name, each in self._declared.items() if name not in found}
        subjects._listed = dict(self._listed)
        subjects._entries = {name: each for name, each in self._entries.items() if name not in found}
        return subjects

    def declared(self) -> Iterator[Subject]:
        """The istags with a spec tag, in the order of the declarations."""
        for stream in self.world.spec.declarations.streams.values():
            for text, tag in stream.tags.items():
                yield self._of(stream.name.tag(text), tag)

    def of(self, name: IstagName) -> Subject | None:
        """The istag with a spec tag, or imported with a whole repository; None if it is neither."""
        tag = self.world.spec.tag(name)
        return self._of(name, tag) if tag is not None else self.recorded.get(name)

    def entries(self, name: IstagName) -> Entries:
        """What holds the istag once this pass has understood everything that people did."""
        if name not in self._entries:
            self._entries[name] = entries_after_pass(name, self.world)
        return self._entries[name]

    @cached_property
    def undeclared(self) -> Mapping[IstagName, Subject]:
        """The istags without a usable source of their own that the lists of whole repositories give, by name."""
        barred = ruled_out(self.listed, self._precedences)
        return {name: self._undeclared(each) for name, each in self.listed.items() if name not in barred}

    @cached_property
    def recorded(self) -> Mapping[IstagName, Subject]:
        """The recorded istags without a spec tag that came from a repository which their streams still import."""
        return {name: self._made(name, tag, None) for name, tag in recorded(self.world)}

    @cached_property
    def case_conflicts(self) -> Mapping[IstagName, str]:
        """The istags that another name rules out, each with its message."""
        return case_conflicts(self.world, self.scope, self.listed, self._precedences)

    @cached_property
    def listed(self) -> Mapping[IstagName, UndeclaredTag]:
        """All that the lists of whole repositories have, also what another name rules out."""
        return listed_tags(self.world, self.scope)

    def unresolved(self) -> Iterator[Subject]:
        """The istags whose declared source no history and no hold records yet, and those that an import declares."""
        yield from (each for each in self.undeclared.values() if each.cause is Cause.DECLARED)
        yield from (each for each in self.declared() if not each.is_resolved)

    def question(self, subject: Subject) -> Question | None:
        """The question for what was pushed to an istag, else for its source."""
        pushed = self.push_question(subject)
        is_filled = subject.tag.source is None and not subject.tag.reference
        return pushed if pushed is not None or is_filled else subject.question

    def push_question(self, subject: Subject) -> Question | None:
        """The question for what was pushed to an istag; None if nothing was, or its source wins over pushes."""
        return push_question(subject.name, subject.tag, self.world) if takes_pushes(subject.tag) else None

    def is_decidable(self, name: IstagName) -> bool:
        """Whether the files of the istag can be read, and no edit of its history has to be undone."""
        edited = self.world.edited.histories.get(name)
        is_settled = edited is None or edited.transition.meaning is Meaning.DECIDED
        return name not in self.world.record.unreadable and is_settled

    @cached_property
    def _precedences(self) -> Precedences:
        return precedences(self.world)

    def _of(self, name: IstagName, tag: SpecTag) -> Subject:
        if name not in self._declared:
            self._declared[name] = self._worked_out(name, tag)
        return self._declared[name]

    def _worked_out(self, name: IstagName, tag: SpecTag) -> Subject:
        record = self.world.record
        restorable = record.restorable.get(name)
        history = record.histories.get(name) or (restorable.history if restorable else None)
        resolved = is_resolved(name, tag, history, TagHold(name, self.entries(name)))
        return Subject(
            name,
            tag,
            cause(name, tag, self.scope, is_resolved=resolved),
            history.top if history else None,
            question(name, tag, self.world.spec.installation),
            is_resolved=resolved,
        )

    def _undeclared(self, each: UndeclaredTag) -> Subject:
        known = self._listed.get(each.name)
        if known is None or (known.tag, known.cause) != (each.tag, each.cause):
            known = self._listed[each.name] = self._made(each.name, each.tag, each.cause)
        return known

    def _made(self, name: IstagName, tag: SpecTag, why: Cause | None) -> Subject:
        top, own = self.world.record.top(name), question(name, tag, self.world.spec.installation)
        return Subject(name, tag, why, top, own, is_declared=False)
