"""Importing: what `import` looks at, and the spec edits that its flags ask for (as `oc import-image` has them)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.documents.edit import TagEdit
from reconciler.errors import InputError, UnknownNameError
from reconciler.gitstore import Repository
from reconciler.model.change import Person
from reconciler.model.config import Installation
from reconciler.model.imported import imported_from
from reconciler.model.name import IstagName, StreamName
from reconciler.model.reference import DEFAULT_TAG, Reference
from reconciler.model.stream import ImportMode, Source, SourceKind, SpecTag, Stream
from reconciler.operations.spec import Edited, apply_edit, no_spec_tag
from reconciler.planning.follow import chain
from reconciler.planning.inquiry import repository as repository_of
from reconciler.planning.undeclared import pushed_to
from reconciler.planning.world import Ask
from reconciler.reading.state import State


@dataclass(frozen=True, slots=True)
class Importing:
    """What a person asked of `import`."""

    name: str
    """`[NAMESPACE/]STREAM[:TAG]`; without a tag the whole stream."""
    source: str | None = None
    """The pull spec of a tag that is to be declared."""
    confirm: bool = False
    """Whether what is not declared yet may be."""
    scheduled: bool | None = None
    insecure: bool | None = None
    import_mode: ImportMode | None = None
    reference_policy: str | None = None

    @property
    def edits(self) -> bool:
        """Whether a spec is to be edited first."""
        values = (self.source, self.scheduled, self.insecure, self.import_mode, self.reference_policy)
        return any(value is not None for value in values)

    @property
    def target(self) -> str:
        """What is looked at; with a source a stream alone means its tag `latest`, as `oc import-image` has it."""
        return self.name if ":" in self.name or self.source is None else f"{self.name}:{DEFAULT_TAG}"


def scope(state: State, text: str, installation: Installation, person: Person) -> Ask:
    """What to look at for a stream, or for one istag; one that follows others is followed to the last.

    Raises `InputError` where there is nothing to look at.
    """
    default = state.config.default_namespace
    if ":" in text:
        steps = chain(IstagName.parse(text, default), state.declarations)
        _check_tag(steps[-1], state, installation)
        return Ask(declared=False, scheduled=False, requested=frozenset(steps), person=person)
    name = StreamName.parse(text, default)
    stream = state.declarations.streams.get(name)
    if stream is None:
        advice = f"`imagestream import {name}:TAG --from PULLSPEC --confirm` does it."
        raise UnknownNameError(str(name), f"{name} is not declared.", advice)
    tags = frozenset(_importable(stream))
    if not tags and imported_from(stream) is None and pushed_to(name, installation) is None:
        raise InputError(f"{name} has no registry source to look at.")
    return Ask(declared=False, scheduled=False, requested=tags, streams=frozenset({name}), person=person)


def edit(state: State, repository: Repository, asked: Importing) -> Edited:
    """Declare the tag, or change how it is imported. Raises `InputError` where that is more than `import` may do."""
    if ":" not in asked.target:
        raise InputError("the flags of an import policy edit one spec tag. Name it: STREAM:TAG.")
    name = IstagName.parse(asked.target, state.config.default_namespace)
    tag = state.declarations.tag(name)
    if name in state.declarations.broken or name in state.kept:
        raise no_spec_tag(name, state.declarations, state.kept, "")
    source = Source(SourceKind.DOCKER_IMAGE, str(Reference.parse(asked.source))) if asked.source else None
    _check_edit(name, tag, source, asked)
    change = TagEdit(
        stream=name.stream_name,
        tag=name.tag,
        source=source if tag is None or tag.source is None or tag.imported else None,
        scheduled=asked.scheduled,
        insecure=asked.insecure,
        import_mode=asked.import_mode,
        reference_policy=asked.reference_policy,
    )
    files = apply_edit(repository, state, change)
    said = f"Declare {name} from {source.name}" if change.source and source else f"Change how {name} is imported"
    return Edited(files, f"{said}\n", (f"{said}.",) if files else ())


def _importable(stream: Stream) -> Iterator[IstagName]:
    """The tags of a stream that a registry can be asked about."""
    for tag in stream.tags.values():
        if repository_of(tag) is not None or (tag.source is None and not tag.reference):
            yield stream.name.tag(tag.name)


def _check_tag(name: IstagName, state: State, installation: Installation) -> None:
    tag, stream = state.declarations.tag(name), state.declarations.streams.get(name.stream_name)
    pushes = stream is not None and pushed_to(name.stream_name, installation) is not None
    known = name in state.declarations.broken or name in state.kept
    if known or (tag is None and not pushes and (stream is None or imported_from(stream) is None)):
        raise no_spec_tag(name, state.declarations, state.kept, "Declare it, or name one of `imagestream status`.")
    if tag is not None and repository_of(tag) is None and not (pushes and tag.source is None and not tag.reference):
        raise InputError(f"{name} has no registry source to look at.")


def _check_edit(name: IstagName, tag: SpecTag | None, source: Source | None, asked: Importing) -> None:
    if tag is not None and tag.imported and source is None:
        return
    if tag is None or tag.source is None or tag.imported:
        what = "has no spec tag" if tag is None else "is a place to push to"
        if tag is not None and tag.imported:
            what = "has no source of its own"
        if source is None:
            raise UnknownNameError(str(name), f"{name} {what}.", "--from PULLSPEC --confirm gives it a source.")
        if not asked.confirm:
            raise InputError(f"{name} {what}. --confirm declares it from {source.name}.")
    elif tag.source.kind is not SourceKind.DOCKER_IMAGE:
        raise InputError(
            f"{name} imports nothing: it is {tag.source.described(name.stream_name)}. Name a tag with a DockerImage."
        )
    elif source is not None and source != tag.source:
        advice = f"`imagestream tag {source.name} {name}` gives it another source."
        raise InputError(f"{name} is imported from {tag.source.name}. {advice}")
