"""Observe: from one commit of the repository and the registries' answers to a World."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.errors import DocumentError, InputError
from reconciler.gitstore import Repository
from reconciler.model.config import Installation
from reconciler.model.history import TagEvent, TagHold
from reconciler.model.name import IsimageName, IstagName, StreamName, istag_of_path
from reconciler.model.observation import Answer, Platform, Question
from reconciler.model.reference import Reference
from reconciler.model.stream import ImportMode, SourceKind
from reconciler.operations.ask import Progress, Resolver, ask
from reconciler.operations.depth import ensure_whole
from reconciler.operations.holder import holders
from reconciler.operations.ledger import Ledger
from reconciler.operations.recorded import read_history
from reconciler.operations.requester import requests
from reconciler.operations.state import read_state
from reconciler.planning import due
from reconciler.planning.world import Ask, Restorable, World
from reconciler.settings import HISTORY_DIR, MAX_FILE_BYTES


@dataclass(frozen=True, slots=True)
class Registries:
    """The registries of a pass: who answers, how many connections each may have, and who is shown the progress."""

    resolver: Resolver
    installation: Installation
    progress: Progress | None = None

    def connections(self, question: Question) -> int:
        """How many connections the question's registry may have at once."""
        return self.installation.rule_for(question.host, question.repository).connections

    def look_up(self, name: IstagName, event: TagEvent, *, insecure: bool, known: frozenset[str]) -> Answer:
        """Ask for the image of a recorded event by its digest, as the istag's namespace may; `insecure` as its tag."""
        reference = Reference.parse(event.pull_spec)
        lent = self.installation.rule_for(reference.host, reference.repository).lends_to(name.namespace)
        mode = ImportMode.PRESERVE_ORIGINAL
        asked = Question.about(reference, import_mode=mode, insecure=insecure, platform=Platform(), anonymous=not lent)
        return self.resolver.resolve(asked, known=known)


Answers = dict[Question, Answer]


def look(repository: Repository, commit: str, branch: str | None) -> World:
    """The World as far as git knows it: everything but the registries' answers."""
    ensure_whole(repository)
    state = read_state(repository, commit)
    ledger = Ledger(repository, state, branch)
    understood, restorable = ledger.changes(), ledger.restorable()
    world = World(
        revision=commit,
        declarations=state.declarations,
        config=state.config,
        histories=state.histories,
        holds=state.holds,
        unreadable=state.unreadable,
        foreign=understood.histories,
        foreign_holds=understood.holds,
        taken=understood.taken,
        remembered=understood.remembered,
        holders=holders(repository, commit, {**state.holds, **_restorable_holds(restorable)}),
        restorable=restorable,
        kept=state.kept,
    )
    return dataclasses.replace(world, past=_past(repository, world))


def _restorable_holds(restorable: Mapping[IstagName, Restorable]) -> dict[IstagName, TagHold]:
    return {name: each.hold for name, each in restorable.items() if each.hold is not None}


def observe(repository: Repository, world: World, scope: Ask, registries: Registries, answers: Answers) -> World:
    """Add who asked, and the registries' answers.

    `answers` is filled, and what it holds already is not asked again: a pass that plans once more because the remote
    moved does not bother the registries twice.
    """
    world = dataclasses.replace(world, installation=registries.installation)
    asked = due.questions(world, scope)
    answers.update(_answers(asked, registries, answers))
    unresolved = list(due.unresolved(world)) if scope.declared else []
    askers = requests(repository, world.revision, world.config, unresolved)
    return dataclasses.replace(world, answers=dict(answers), requests=askers)


def observe_everything(world: World, registries: Registries) -> World:
    """Add an answer for every source, due or not: what `status` compares with."""
    world = dataclasses.replace(world, installation=registries.installation)
    asked = due.questions(world, Ask(), everything=True)
    return dataclasses.replace(world, answers=_answers(asked, registries, {}))


def _answers(asked: Mapping[Question, frozenset[str]], registries: Registries, have: Answers) -> Answers:
    wanted = {question: known for question, known in asked.items() if question not in have}
    return ask(wanted, registries.resolver, registries.connections, registries.progress)


def _past(repository: Repository, world: World) -> dict[StreamName, tuple[TagEvent, ...]]:
    """Events that only git's older versions have, of the streams that an unresolved ImageStreamImage source names."""
    return {stream: events_ever(repository, world.revision, stream) for stream in _pinned_streams(world)}


def _pinned_streams(world: World) -> set[StreamName]:
    """The streams whose standing histories do not have an image that a source names."""
    found: set[StreamName] = set()
    for name, tag in due.unresolved(world):
        if tag.source is None or tag.source.kind is not SourceKind.ISIMAGE:
            continue
        try:
            wanted = tag.source.isimage(name.stream_name)
        except InputError:
            continue
        if not _standing(world, wanted):
            found.add(wanted.stream_name)
    return found


def _standing(world: World, wanted: IsimageName) -> bool:
    histories = (history for name, history in world.histories.items() if name.stream_name == wanted.stream_name)
    return any(event.image and wanted.matches(event.image) for history in histories for event in history.items)


def events_ever(repository: Repository, revision: str, stream: StreamName) -> tuple[TagEvent, ...]:
    """Every event that any version of any history of the stream had, newest version first."""
    ensure_whole(repository)
    folder = f"{HISTORY_DIR}/{stream}"
    oids: dict[str, str] = {}
    for commit in repository.log(revision, paths=[folder]):
        oids.update({change.new_oid: change.path for change in commit.files if change.new_oid is not None})
    blobs = repository.read(oids, MAX_FILE_BYTES)
    events: dict[TagEvent, None] = {}
    for oid, path in oids.items():
        events.update(dict.fromkeys(_events(path, blobs[oid])))
    return tuple(events)


def _events(path: str, data: bytes | None) -> tuple[TagEvent, ...]:
    name = istag_of_path(path)
    try:
        return read_history(data, path, name).items if data is not None and name is not None else ()
    except DocumentError:
        return ()
