"""Image fields: which of them a plan writes, in which change, and which it leaves (design 3.8).

    | the istag in this plan              | a field that differs from what the istag means          |
    | ----------------------------------- | ------------------------------------------------------- |
    | moves, is rolled back or restored   | written in the commit of that change                    |
    | comes another way (`Rewrite`)       | written there, unless a person had changed it before    |
    | stays; the field is new             | written by a change of its own (`Retarget`)             |
    | stays, frozen or held; field is new | left, with a problem                                    |
    | stays; a person changed the field   | left until the next event, with a problem (`Diverged`)  |

A pull spec of the same image in the other form (`images.write`) does not differ until it is written for another reason.
A pass with `retarget` writes every field that differs. A paused field, and one whose istag has no image, stays.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from reconciler.model.change import Change, Hold, ImageEdit, Move, Restore, Retarget, Rewrite, Unhold
from reconciler.model.history import TagEvent, identity_of
from reconciler.model.image_field import ImageField, Part, Via, WriteStyle
from reconciler.model.name import IstagName
from reconciler.model.observation import Reason
from reconciler.model.person import Request
from reconciler.model.plan import Problem
from reconciler.planning.holding import decision
from reconciler.planning.isolation import Decision, Decisions
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.problem import diverged, not_retargeted, without_part
from reconciler.planning.stacks import Stacks
from reconciler.planning.subject import Subjects
from reconciler.planning.world import World
from reconciler.planning.written_value import (
    has_digest_beside,
    may_hold,
    names_same_image,
    shows_no_image,
    written_value,
)


def write_fields(decisions: Decisions, subjects: Subjects, stacks: Stacks) -> None:
    """Add to the changes the image fields that they write, and after them the changes that only write fields.

    `stacks` are those that the plan leaves. A fault in the decision about one istag leaves only its fields.
    """
    carriers = _carriers(decisions.changes)
    held = {each.tag for each in decisions.problems if each.reason is Reason.HELD}
    for name, fields in _by_istag(subjects.world).items():
        top = stacks.top(name)
        if top is None:
            continue
        istag = _Istag(top, fields, subjects, stacks)
        if name in carriers:
            istag.carry(decisions, carriers[name])
        elif subjects.scope.declared:
            istag.retarget(decisions, is_held=name in held)


def with_edits(change: Change, world: World) -> tuple[Change, tuple[Problem, ...]]:
    """A change that a command makes, with the image fields that it writes, and the problems of those that stay."""
    subjects, stacks, decisions = Subjects(world, PassScope(declared=False)), Stacks(world), Decisions()
    if change.history is not None:
        stacks.record(change.history)
    decisions.changes.append(change)
    fields, top = _by_istag(world).get(change.tag), stacks.top(change.tag)
    if fields and top is not None and change.tag in _carriers([change]):
        _Istag(top, fields, subjects, stacks).carry(decisions, 0)
    return decisions.changes[0], tuple(decisions.problems)


def differing(world: World) -> list[ImageField]:
    """The fields that do not have what their istags mean at this commit, in any form; paused ones too."""
    stacks, style = Stacks(world), world.spec.config.write
    found: list[ImageField] = []
    for name, fields in _by_istag(world).items():
        top = stacks.top(name)
        if top is not None:
            found += [each for each in fields if _differs(each, top, stacks, style)]
    return found


def _differs(field: ImageField, top: TagEvent, stacks: Stacks, style: WriteStyle) -> bool:
    """Whether a field has something else than an event gives, in any form of its pull spec."""
    return field.value != written_value(field, top, stacks, style) and not names_same_image(field, top)


def was_given(field: ImageField, value: str, world: World) -> bool:
    """Whether a value is one that some event of the field's istag gives."""
    history = world.record.histories.get(field.istag)
    return history is not None and any(may_hold(event, value, field.part) for event in history.items)


def _by_istag(world: World) -> dict[IstagName, list[ImageField]]:
    found: dict[IstagName, list[ImageField]] = defaultdict(list)
    for field in world.spec.declarations.fields:
        found[field.istag].append(field)
    return found


class _Istag:
    """The fields of one istag in one plan that leaves it at an event."""

    def __init__(self, top: TagEvent, fields: Sequence[ImageField], subjects: Subjects, stacks: Stacks) -> None:
        """`fields` are one or more."""
        self._name = name = fields[0].istag
        self._top = top
        self._fields = fields
        self._world = subjects.world
        self._scope = subjects.scope
        self._stacks = stacks
        self._style = subjects.world.spec.config.write
        edit = decision(name, subjects.world)
        self._is_turned = edit is not None and identity_of(edit.old.top) != identity_of(self._world.record.top(name))
        """Whether a person rolled it back or undid that, without anything left to record."""

    def carry(self, decisions: Decisions, at: int) -> None:
        """Write the fields in the change at this index, which gives the istag its meaning."""
        change = decisions.changes[at]
        edits: list[ImageEdit] = []

        def carried() -> Decision:
            for field in self._writable():
                if not isinstance(change, Rewrite) or self._is_due(field) or not self._differed(field):
                    edit = self._edit(field)
                    if isinstance(edit, ImageEdit):
                        edits.append(edit)
                    elif edit is not None:
                        yield edit
                else:
                    yield self._diverged(field)
            decisions.changes[at] = dataclasses.replace(change, edits=tuple(edits))

        decisions.add(self._name, carried())

    def retarget(self, decisions: Decisions, *, is_held: bool) -> None:
        """Write what is new in a change of its own; the istag means what it meant before."""
        tag = self._world.spec.tag(self._name)
        held = Reason.HELD if is_held else None
        decisions.add(self._name, self._retarget(Reason.FROZEN if tag is not None and tag.frozen else held))

    def _retarget(self, barred: Reason | None) -> Decision:
        """The change that writes what is new; a problem for what stays, and for what is barred by a freeze or hold."""
        edits: list[ImageEdit] = []
        for field in self._writable():
            edit = self._edit(field)
            if edit is None:
                continue
            if not self._is_due(field):
                if _differs(field, self._top, self._stacks, self._style):
                    yield self._diverged(field)
            elif barred is not None and not self._scope.retarget:
                yield not_retargeted(field, barred)
            elif isinstance(edit, ImageEdit):
                edits.append(edit)
            else:
                yield edit
        if edits:
            request = Request(self._scope.person) if self._scope.person and self._scope.retarget else None
            image = self._top.identity
            yield Retarget(tag=self._name, image=image, previous=image, request=request, edits=tuple(edits))

    def _writable(self) -> Iterator[ImageField]:
        for field in self._fields:
            if not field.paused and all(self._stacks.top(each) is not None for each in field.requires):
                yield field

    def _edit(self, field: ImageField) -> ImageEdit | Problem | None:
        """What is to be written; None if the field has it, or if nothing is known and another field decides."""
        wanted = written_value(field, self._top, self._stacks, self._style)
        if wanted is None:
            return None if self._needs_no_version(field) else without_part(field, self._top)
        return ImageEdit(field, wanted) if field.value != wanted else None

    def _needs_no_version(self, field: ImageField) -> bool:
        return field.part is Part.TAG and has_digest_beside(field, self._fields)

    def _differed(self, field: ImageField) -> bool:
        """Whether the field had something else than the istag meant before this plan."""
        top = self._world.record.top(self._name)
        return top is None or _differs(field, top, self._stacks, self._style)

    def _is_due(self, field: ImageField) -> bool:
        """Whether the field is written although its istag stays."""
        is_new = field.name in self._world.edited.new_fields or shows_no_image(field)
        names_istag = field.via is Via.LOOKUP and "@" not in (field.value or "")
        return self._scope.retarget or is_new or names_istag or self._is_turned

    def _diverged(self, field: ImageField) -> Problem:
        return diverged(field, self._world.edited.field_authors.get(field.name))


def _carriers(changes: Iterable[Change]) -> dict[IstagName, int]:
    """For each istag that does not mean what it meant before, the index of the last change that gives its meaning."""
    found: dict[IstagName, int] = {}
    for index, change in enumerate(changes):
        turned = isinstance(change, Hold | Unhold | Restore) and change.image != change.previous
        if isinstance(change, Move | Rewrite) or turned:
            found[change.tag] = index
    return found
