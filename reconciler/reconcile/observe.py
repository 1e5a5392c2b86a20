"""Observe: from one commit of the repository and the registries' answers to a World."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.errors import InputError
from reconciler.gitstore import Repository
from reconciler.model.config import Installation
from reconciler.model.history import TagEvent, TagHold
from reconciler.model.imported import asked_as
from reconciler.model.name import IsimageName, IstagName, StreamName
from reconciler.model.observation import (
    Answer,
    Failure,
    Found,
    ImageMetadata,
    KnownImages,
    ListAnswer,
    Listing,
    Platform,
    Question,
)
from reconciler.model.reference import Reference
from reconciler.model.stream import Declarations, ImportMode, SourceKind
from reconciler.planning import due, undeclared
from reconciler.planning.follow import chain
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.world import Observed, Record, Restorable, Spec, World
from reconciler.provenance.foreign_changes import ForeignChanges
from reconciler.provenance.hold_author import find_holders
from reconciler.provenance.log import Log
from reconciler.provenance.origin import find_origins
from reconciler.provenance.recorded_event import recorded_events
from reconciler.provenance.removed_history import find_removed
from reconciler.provenance.shallow_clone import ensure_whole
from reconciler.provenance.snapshot import read_snapshot
from reconciler.provenance.tag_request import find_requests
from reconciler.reading.path_conflict import path_conflicts
from reconciler.reading.snapshot import Snapshot
from reconciler.reading.tree import commit_tree
from reconciler.reconcile.ask import Answers, Asked, Late, Progress, Resolver, ask
from reconciler.reconcile.index_members import events_inside, inside

ImageKey = tuple[str, str, str]
"""Host, repository and digest: that one repository has an image says nothing of another."""


@dataclass(frozen=True, slots=True)
class Registries:
    """The registries of a pass: who answers, how many connections each may have, and who is shown the progress."""

    resolver: Resolver
    installation: Installation
    progress: Progress | None = None
    begin: Callable[[], None] = lambda: None
    """Called when a pass begins: what was given up in the one before is asked again."""
    heard: Callable[[str, str], None] = lambda _host, _result: None
    """Told of every answer: the host, and `found` or the reason."""
    backlog: Late | None = None
    """Keeps what comes too late, where passes are not to wait for it; None where they wait for everything."""
    memory: dict[ImageKey, ImageMetadata] = field(default_factory=dict)
    """What images said about themselves, by where they are: it never changes, so one process asks for it once."""

    def begin_pass(self) -> None:
        """What was given up in the pass before is asked again, and what came late counts."""
        self.begin()
        if self.backlog is not None:
            self.backlog.begin()

    def connections(self, asked: Asked) -> int:
        """How many connections the registry of what is asked may have at once."""
        return self.installation.rule_for(asked.host, asked.repository).connections

    def ask(self, questions: Mapping[Question, KnownImages], listings: Collection[Listing]) -> Answers:
        """The answers; of an image whose build time is remembered the metadata is not asked for again."""
        images: dict[tuple[str, str], set[str]] = {}
        for host, repository, image in self.memory:
            images.setdefault((host, repository), set()).add(image)
        wanted = {
            asked: known | frozenset(images.get((asked.host, asked.repository), ()))
            for asked, known in questions.items()
        }
        found = ask(wanted, self.resolver, self.connections, self.progress, listings=listings, backlog=self.backlog)
        for asked, answer in found.images.items():
            self.heard(asked.host, _result(answer))
            if isinstance(answer, Found):
                found.images[asked] = self._remembered(asked, answer)
        for listing, listed in found.lists.items():
            self.heard(listing.host, _result(listed))
        return found

    def _remembered(self, asked: Question, answer: Found) -> Found:
        key = (asked.host, asked.repository, answer.image)
        if answer.metadata is None:
            return dataclasses.replace(answer, metadata=self.memory.get(key))
        if answer.metadata.created is not None and not answer.metadata.premature:  # a time that comes counts then
            self.memory[key] = dataclasses.replace(answer.metadata, labels={}, details=None)
            if len(self.memory) > MAX_REMEMBERED:
                del self.memory[next(iter(self.memory))]
        return answer

    def look_up(self, name: IstagName, event: TagEvent, declarations: Declarations) -> Answer:
        """Ask for the image of a recorded event by its digest, as its import asked: as the istag's namespace may.

        Insecurely where its spec tag, or one that it follows, is asked so.
        """
        asking = (asked_as(declarations, each) for each in chain(name, declarations))
        insecure = any(tag.insecure for tag in asking if tag is not None)
        reference = Reference.parse(event.pull_spec)
        lent = self.installation.rule_for(reference.host, reference.repository).lends_to(name.namespace)
        mode = ImportMode.PRESERVE_ORIGINAL
        asked = Question.about(reference, import_mode=mode, insecure=insecure, platform=Platform(), anonymous=not lent)
        return self.resolver.resolve(asked)


def _result(reply: Answer | ListAnswer) -> str:
    return str(reply.reason) if isinstance(reply, Failure) else "found"


MAX_REMEMBERED = 5_000
"""Images; some hundred bytes each."""


def look(repository: Repository, commit: str, branch: str | None, state: Snapshot | None = None) -> World:
    """The World as far as git knows it: everything but the registries' answers. `state` is the commit's, if known."""
    ensure_whole(repository)
    state = state or read_snapshot(repository, commit)
    changes = ForeignChanges(repository, state, branch)
    restorable, known = changes.restorable(), find_origins(changes.log, state)
    world = World(
        revision=commit,
        spec=Spec(state.declarations, state.config, protected=state.protected),
        record=Record(
            histories=state.histories,
            holds=state.holds,
            unreadable=state.unreadable,
            holders=find_holders(changes.log, {**state.holds, **_restorable_holds(restorable)}),
            restorable=restorable,
            imported=known.imported,
            awaited=known.awaited,
            recorded_without_spec=known.unspecified,
        ),
        edited=changes.changes(),
    )
    return _with_record(world, older_events=_older_events(changes.log, world))


def _with_record(world: World, **fields: Any) -> World:  # noqa: ANN401 - fields of Record, which mypy cannot name
    return dataclasses.replace(world, record=dataclasses.replace(world.record, **fields))


def _restorable_holds(restorable: Mapping[IstagName, Restorable]) -> dict[IstagName, TagHold]:
    return {name: each.hold for name, each in restorable.items() if each.hold is not None}


def observe(repository: Repository, world: World, scope: PassScope, registries: Registries, answers: Answers) -> World:
    """Add who asked, and the registries' answers.

    `answers` is filled, and what it holds already is not asked again: a pass that plans once more because the remote
    moved does not bother the registries twice.
    """
    world = _asked(world.with_installation(registries.installation), scope, registries, answers)
    world = _with_inside(_with_removed(repository, world, scope), registries)
    unresolved = list(due.unresolved(world)) if scope.declared else []
    askers = find_requests(Log(repository, world.revision), world.spec.config, unresolved)
    return dataclasses.replace(world, spec=dataclasses.replace(world.spec, requests=askers))


def observe_everything(repository: Repository, world: World, registries: Registries) -> World:
    """Add an answer for every source, due or not: what `status` compares with."""
    world = world.with_installation(registries.installation)
    return _with_removed(repository, _asked(world, PassScope(), registries, Answers(), everything=True), PassScope())


def _with_removed(repository: Repository, world: World, scope: PassScope) -> World:
    """Add what git last had for pushed and imported istags that have no file, and what is in the way of one."""
    standing = {*world.record.histories, *world.record.holds, *world.record.unreadable}
    missing = [each.name for each in undeclared.wanted(world, scope) if each.name not in standing]
    if not missing:
        return world
    gone = find_removed(Log(repository, world.revision), missing)
    in_the_way = path_conflicts(commit_tree(repository, repository.commit_files(world.revision)), missing)
    return _with_record(
        world, restorable={**world.record.restorable, **gone}, unreadable={**world.record.unreadable, **in_the_way}
    )


def _asked(
    world: World, scope: PassScope, registries: Registries, answers: Answers, *, everything: bool = False
) -> World:
    """Ask until nothing is left to ask: what to ask about the tags of a repository is only known from its list."""
    while True:
        world = dataclasses.replace(world, observed=Observed(dict(answers.images), dict(answers.lists)))
        lists = due.listings(world, scope, everything=everything) - answers.lists.keys()
        wanted = due.questions(world, scope, everything=everything)
        questions = {question: known for question, known in wanted.items() if question not in answers.images}
        if not lists and not questions:
            return world
        found = registries.ask(questions, lists)
        answers.images.update(found.images)
        answers.lists.update(found.lists)


def _older_events(log: Log, world: World) -> dict[StreamName, tuple[TagEvent, ...]]:
    """Events that only git's older versions have, of the streams that an unresolved ImageStreamImage source names."""
    return {stream: recorded_events(log, stream) for stream in {wanted.stream_name for wanted in _pinned(world)}}


def _with_inside(world: World, registries: Registries) -> World:
    """Add the images inside of indexes, where a source names one that no history ever had."""
    older = world.record.older_events
    missing = {
        wanted.stream_name
        for wanted in _pinned(world)
        if not any(event.image and wanted.matches(event.image) for event in older.get(wanted.stream_name, ()))
    }
    ask = events_inside(inside(registries.look_up, world.spec.declarations, world.record.histories))
    more = {stream: (*older.get(stream, ()), *ask(stream)) for stream in sorted(missing)}
    return _with_record(world, older_events={**older, **more}) if more else world


def _pinned(world: World) -> list[IsimageName]:
    """The images that sources name and that no standing history of their stream has."""
    found: list[IsimageName] = []
    for name, tag in due.unresolved(world):
        if tag.source is None or tag.source.kind is not SourceKind.ISIMAGE:
            continue
        try:
            wanted = tag.source.isimage(name.stream_name)
        except InputError:
            continue
        if not _standing(world, wanted):
            found.append(wanted)
    return found


def _standing(world: World, wanted: IsimageName) -> bool:
    histories = (history for name, history in world.record.histories.items() if name.stream_name == wanted.stream_name)
    return any(event.image and wanted.matches(event.image) for history in histories for event in history.items)
