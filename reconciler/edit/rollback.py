"""A roll back by command: one commit that needs no running reconciler and has no conflict, however old the target.

The commit takes the newest events off the stack and holds their images, as a pass does after a `git revert`. Its
trailers make it an own commit, so the next pass adds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.documents.edit.target.spec_tag import TagEdit, edit_tag
from reconciler.edit.spec_file import read_declaring_file
from reconciler.errors import InputError, UnknownNameError
from reconciler.gitstore import Draft, Repository
from reconciler.model.change import Change, Hold
from reconciler.model.history import TagEvent, TagHistory, TagHold, held_by_this_commit
from reconciler.model.name import IstagName
from reconciler.model.observation import Failure
from reconciler.model.person import Person, Request
from reconciler.model.plan import Plan
from reconciler.model.reference import short_digest
from reconciler.model.stream import FROZEN_ANNOTATION, Declarations, SpecTag
from reconciler.planning.holding import rolled_back, still_holding
from reconciler.planning.image_field import with_edits
from reconciler.planning.transition import classify
from reconciler.planning.undeclared import stays
from reconciler.planning.world import World
from reconciler.provenance.file_versions import FileVersions
from reconciler.provenance.log import Log
from reconciler.provenance.parsed_file import Stack
from reconciler.reading.missing_tag import no_spec_tag
from reconciler.reconcile.apply import draft
from reconciler.reconcile.field_edit import EditedFiles
from reconciler.reconcile.observe import read_world
from reconciler.reconcile.pass_note import roll_back_note
from reconciler.reconcile.registries import Registries
from reconciler.reconcile.writer import Composition, Result, Target, Writer


@dataclass(frozen=True, slots=True)
class RollbackRequest:
    """The arguments and flags of `rollback`."""

    istag: str
    to: str | None = None
    """A generation, or a digest or prefix of one; None for the event below the top."""
    freeze: bool = False
    force: bool = False
    """Roll back without checking that the registry still has the image."""


def roll_back(
    writer: Writer, registries: Registries, target: Target, request: RollbackRequest, person: Person
) -> Result:
    """Roll an istag back. Raises `InputError` for a target that does not exist or that the registry has lost."""

    def compose(base: str) -> Composition:
        world = read_world(writer.repository, base, target.branch)
        name = IstagName.parse(request.istag, world.spec.config.default_namespace)
        tag = _declared(world, name)
        if request.freeze and tag is None:
            why, advice = f"{name} has no spec tag that could be frozen.", "Leave --freeze out, or declare it first."
            raise UnknownNameError(str(name), why, advice)
        stack = _chosen(writer.repository, world, name, request.to)
        if not request.force:
            _check_registry(registries, name, stack[0], world.spec.declarations)
        change, problems = with_edits(_change(world, name, tag, stack, person), world)
        files = EditedFiles(writer.repository, base)
        plan = files.feasible(Plan(base, (change,), problems))
        made = draft(plan.changes, world.spec.config.commit, writer.committer, files)
        if request.freeze and tag is not None and not tag.frozen:
            made = _freezing(writer.repository, base, world, tag, name, made)
        notes = () if request.freeze else (roll_back_note(name, world),)
        return Composition(plan, (made,), (0,), notes=notes)

    return writer.write(target, compose)


def _declared(world: World, name: IstagName) -> SpecTag | None:
    """The spec tag of an istag that can be rolled back; None for one that needs no spec tag (design 3.2 rule 4)."""
    tag = world.spec.tag(name)
    if tag is None and not _is_undeclared(world, name):
        raise no_spec_tag(
            name,
            world.spec.declarations,
            world.spec.protected,
            "There is nothing to roll back; declare it first.",
            " `git revert` of the commit that moved it rolls it back all the same.",
        )
    foreign = world.edited.histories.get(name)
    if foreign is not None:
        raise InputError(
            f"{name}: {foreign.who} changed its history, and no pass has read that change yet. "
            "Run `imagestream sync` first."
        )
    if name in world.record.unreadable:
        raise InputError(f"{name} cannot be rolled back: {world.record.unreadable[name]}")
    return tag


def _is_undeclared(world: World, name: IstagName) -> bool:
    """Whether the istag was pushed or imported with a repository: it is kept as long as its stream is declared."""
    history = world.record.histories.get(name)
    unknown = name in world.spec.declarations.broken or name in world.spec.protected
    return not unknown and history is not None and history.top is not None and stays(name, history.top, world)


def _chosen(repository: Repository, world: World, name: IstagName, to: str | None) -> Stack:
    """The stack at the time when the requested event was on top."""
    history = world.record.histories.get(name)
    items = history.items if history else ()
    if to is None and len(items) > 1:
        return items[1:]
    if to is None:
        cut = [stack for stack in _earlier(repository, world, name) if items and _is_below(stack[0], items[0])]
        if not cut:
            raise InputError(f"{name} has no event below the newest. `imagestream history {name}` shows what it had.")
        return cut[0]
    stacks = [items[index:] for index in range(1, len(items))] + _earlier(repository, world, name)
    fitting = [stack for stack in stacks if _is_meant(stack[0], to)]
    if not fitting:
        raise InputError(f"{name} never was at {to!r}. `imagestream history {name}` shows generations and digests.")
    if len({stack[0].identity for stack in fitting}) > 1:
        raise InputError(f"{to!r} fits several events of {name}. Name a generation or more of the digest.")
    if items and fitting[0][0] == items[0]:
        raise InputError(f"{name} is at {to!r} already.")
    return fitting[0]


def _earlier(repository: Repository, world: World, name: IstagName) -> list[Stack]:
    """The stacks of earlier commits, newest first."""
    record = FileVersions(Log(repository, world.revision), [name])
    record.load(record.histories(name))
    own = (version for version in record.histories(name) if record.is_own(name, version))
    return [stack for version in own if (stack := record.stack(name, version.change.new_oid))]


def _is_below(event: TagEvent, top: TagEvent) -> bool:
    """Whether an event was right under the current top, before the limit cut it off."""
    return event.generation == top.generation - 1


def _is_meant(event: TagEvent, to: str) -> bool:
    if to.isdecimal() and len(to) < 6:  # noqa: PLR2004 - a generation; a digest's prefix is longer
        return event.generation == int(to)
    return event.identity == to or bool(
        event.image and (event.image.startswith(to) or event.image.partition(":")[2].startswith(to))
    )


def _change(world: World, name: IstagName, tag: SpecTag | None, stack: Stack, person: Person) -> Change:
    old = world.record.histories[name].items if name in world.record.histories else ()
    transition = classify(old, stack, {*old, *stack})
    hold = world.record.holds.get(name)
    there = hold.held if hold else ()
    entries = still_holding(there, None, tag, name.stream_name)
    entries = rolled_back(entries, transition, held_by_this_commit(len(world.revision)), tag)
    entries = still_holding(entries, stack[0], tag, name.stream_name)
    known = {entry.identity for entry in entries}
    return Hold(
        tag=name,
        image=stack[0].identity,
        previous=old[0].identity if old else None,
        history=TagHistory(name, stack),
        request=Request(person),
        hold=TagHold(name, entries) if entries != there else None,
        held=tuple(entry.identity for entry in entries if entry not in there),
        released=tuple(entry.identity for entry in there if entry.identity not in known),
    )


def _check_registry(registries: Registries, name: IstagName, event: TagEvent, declarations: Declarations) -> None:
    """Refuse a target that the registry has lost: every new pull would fail."""
    if event.image is None:
        return
    answer = registries.look_up(name, event, declarations)
    if isinstance(answer, Failure):
        raise InputError(
            f"{name} was not rolled back to {short_digest(event.image)}: {answer.message} --force does it all the same."
        )


def _freezing(repository: Repository, base: str, world: World, tag: SpecTag, name: IstagName, made: Draft) -> Draft:
    data, namespace = read_declaring_file(repository, base, world.spec.config, tag.position.file)
    edit = TagEdit(stream=name.stream_name, tag=name.tag, annotations={FROZEN_ANNOTATION: "true"})
    edited = edit_tag(data, tag.position.file, edit, namespace)
    return Draft(files={**made.files, tag.position.file: edited}, author=made.author, message=made.message)
