"""Observe: from one commit of the repository and the registries' answers to a World."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from reconciler.errors import InputError
from reconciler.gitstore import Repository
from reconciler.model.history import TagEvent, TagHold
from reconciler.model.name import IsimageName, IstagName, StreamName
from reconciler.model.stream import Source, SourceKind
from reconciler.planning import lookup
from reconciler.planning.image_field import differing, was_given
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.subject import Subjects
from reconciler.planning.world import Observed, Record, Restorable, Spec, World
from reconciler.provenance.field_author import find_field_authors
from reconciler.provenance.field_use import find_field_use
from reconciler.provenance.foreign_changes import ForeignChanges
from reconciler.provenance.hold_author import find_holders
from reconciler.provenance.log import Log
from reconciler.provenance.looked_up import find_looked_up
from reconciler.provenance.origin import find_origins
from reconciler.provenance.recorded_event import recorded_events
from reconciler.provenance.removed_history import find_removed
from reconciler.provenance.shallow_clone import ensure_whole
from reconciler.provenance.snapshot import read_snapshot
from reconciler.provenance.tag_request import find_requests
from reconciler.reading.declare import FileReadings
from reconciler.reading.path_conflict import path_conflicts
from reconciler.reading.snapshot import Snapshot
from reconciler.reading.tree import commit_tree
from reconciler.reconcile.index_members import events_inside, inside
from reconciler.reconcile.registries import Registries
from reconciler.reconcile.registry_pool import Answers


def read_world(
    repository: Repository,
    commit: str,
    branch: str | None,
    snapshot: Snapshot | None = None,
    readings: FileReadings | None = None,
) -> World:
    """The World as far as git knows it, without answers of registries. The snapshot is read if it is not given.

    `readings` are those of the snapshot's files, if they were kept.
    """
    ensure_whole(repository)
    readings = readings or FileReadings()
    snapshot = snapshot or read_snapshot(repository, commit, readings=readings)
    changes = ForeignChanges(repository, snapshot, branch)
    edited = changes.changes(readings)
    restorable, known = changes.restorable(edited), find_origins(changes.log, snapshot)
    world = World(
        revision=commit,
        spec=Spec(snapshot.declarations, snapshot.config, protected=snapshot.protected),
        record=Record(
            histories=snapshot.histories,
            holds=snapshot.holds,
            unreadable=snapshot.unreadable,
            holders=find_holders(changes.log, {**snapshot.holds, **_restorable_holds(restorable)}),
            restorable=restorable,
            imported=known.imported,
            awaited=known.awaited,
            recorded_without_spec=known.recorded_without_spec,
        ),
        edited=edited,
    )
    world = _with_field_authors(changes.log, _with_looked_up(changes.log, world, snapshot), readings)
    pinned = _pinned(Subjects(world, PassScope()))
    events = {stream: recorded_events(changes.log, stream) for stream in {wanted.stream_name for wanted in pinned}}
    return _with_older_events(world, events)


def _with_looked_up(log: Log, world: World, snapshot: Snapshot) -> World:
    """Add the images whose values name their istags no more. None of them is new: the reconciler wrote them."""
    looked_up = find_looked_up(log, snapshot)
    if not looked_up:
        return world
    fields = sorted((*world.spec.declarations.fields, *looked_up), key=lambda each: each.file)
    declarations = dataclasses.replace(world.spec.declarations, fields=tuple(fields))
    return dataclasses.replace(world, spec=dataclasses.replace(world.spec, declarations=declarations))


def _with_field_authors(log: Log, world: World, readings: FileReadings) -> World:
    """Add who wrote the image fields that differ from what their istags mean.

    A field that was used, and that a person changed then, is not new, even if no pass has seen it yet. One that never
    was used stays new.
    """
    fields, config, edited = differing(world), world.spec.config, world.edited
    use = find_field_use(log, config, fields, lambda field, value: was_given(field, value, world), readings)
    unused, used = ({name for name, each in use.items() if each is wanted} for wanted in (False, True))
    new = edited.new_fields - used | unused
    authors = find_field_authors(log, config, [each for each in fields if each.name not in new])
    return dataclasses.replace(world, edited=dataclasses.replace(edited, new_fields=new, field_authors=authors))


def _restorable_holds(restorable: Mapping[IstagName, Restorable]) -> dict[IstagName, TagHold]:
    return {name: each.hold for name, each in restorable.items() if each.hold is not None}


def observe(
    repository: Repository, world: World, scope: PassScope, registries: Registries, answers: Answers
) -> Subjects:
    """What the pass decides about, with the registries' answers, and with who declared the unresolved sources.

    `answers` is filled. What it holds already is not fetched again: a pass that plans once more because the remote
    moved calls the registries only once.
    """
    subjects = Subjects(world.with_installation(registries.installation), scope)
    subjects = _with_removed(repository, _answered(subjects, registries, answers))
    subjects = _with_members(subjects, registries)
    world, unresolved = subjects.world, list(subjects.unresolved()) if scope.declared else []
    log = Log(repository, world.revision)
    requests = find_requests(log, world.spec.config, [(each.name, each.tag) for each in unresolved])
    return subjects.on(dataclasses.replace(world, spec=dataclasses.replace(world.spec, requests=requests)))


def observe_everything(repository: Repository, world: World, registries: Registries) -> Subjects:
    """The same with an answer for every source, due or not: what `status` compares with."""
    subjects = Subjects(world.with_installation(registries.installation), PassScope())
    return _with_removed(repository, _answered(subjects, registries, Answers(), everything=True))


def _answered(subjects: Subjects, registries: Registries, answers: Answers, *, everything: bool = False) -> Subjects:
    """Fetch until no question is left: only the list of a repository shows which questions its tags need."""
    while True:
        observed = Observed(dict(answers.images), dict(answers.lists))
        subjects = subjects.on(dataclasses.replace(subjects.world, observed=observed))
        lists = lookup.listings(subjects, everything=everything) - answers.lists.keys()
        wanted = lookup.questions(subjects, everything=everything)
        questions = {question: known for question, known in wanted.items() if question not in answers.images}
        if not lists and not questions:
            return subjects
        found = registries.fetch_answers(questions, lists)
        answers.images.update(found.images)
        answers.lists.update(found.lists)


def _with_removed(repository: Repository, subjects: Subjects) -> Subjects:
    """Add the last histories in git of pushed and imported istags without a file, and what is at the path of one."""
    world = subjects.world
    known = {*world.record.histories, *world.record.holds, *world.record.unreadable}
    missing = [name for name in subjects.undeclared if name not in known]
    if not missing:
        return subjects
    gone = find_removed(Log(repository, world.revision), missing)
    in_the_way = path_conflicts(commit_tree(repository, repository.commit_files(world.revision)), missing)
    record = dataclasses.replace(
        world.record,
        restorable={**world.record.restorable, **gone},
        unreadable={**world.record.unreadable, **in_the_way},
    )
    return subjects.on(dataclasses.replace(world, record=record))


def _with_members(subjects: Subjects, registries: Registries) -> Subjects:
    """Add the images inside of indexes if a source names an image that no history ever had."""
    world, older = subjects.world, subjects.world.record.older_events
    missing = {
        wanted.stream_name
        for wanted in _pinned(subjects)
        if not any(event.image and wanted.matches(event.image) for event in older.get(wanted.stream_name, ()))
    }
    members = events_inside(inside(registries.look_up, world.spec.declarations, world.record.histories))
    more = {stream: (*older.get(stream, ()), *members(stream)) for stream in sorted(missing)}
    return subjects.on(_with_older_events(world, {**older, **more})) if more else subjects


def _with_older_events(world: World, events: Mapping[StreamName, tuple[TagEvent, ...]]) -> World:
    return dataclasses.replace(world, record=dataclasses.replace(world.record, older_events=events))


def _pinned(subjects: Subjects) -> list[IsimageName]:
    """The images that unresolved sources name and that no history of their stream has."""
    found: list[IsimageName] = []
    for name, source in _pins(subjects.world):
        try:
            wanted = source.isimage(name.stream_name)
        except InputError:
            continue
        subject = None if _is_recorded(subjects.world, wanted) else subjects.of(name)
        if subject is not None and not subject.is_resolved:
            found.append(wanted)
    return found


def _pins(world: World) -> Iterator[tuple[IstagName, Source]]:
    """The istags whose source is an ImageStreamImage."""
    for stream in world.spec.declarations.streams.values():
        for text, tag in stream.tags.items():
            if tag.source is not None and tag.source.kind is SourceKind.ISIMAGE:
                yield stream.name.tag(text), tag.source


def _is_recorded(world: World, wanted: IsimageName) -> bool:
    histories = (history for name, history in world.record.histories.items() if name.stream_name == wanted.stream_name)
    return any(event.image and wanted.matches(event.image) for history in histories for event in history.items)
