"""The scope of an import: what a person's `import` of a stream or an istag looks up."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.errors import InputError, UnknownNameError
from reconciler.model.config import Installation
from reconciler.model.imported import imported_from
from reconciler.model.name import IstagName, StreamName
from reconciler.model.person import Person
from reconciler.model.stream import Stream
from reconciler.planning.follow import chain
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.question import pushed_to
from reconciler.planning.question import repository as repository_of
from reconciler.reading.missing_tag import no_spec_tag
from reconciler.reading.snapshot import Snapshot


def import_scope(snapshot: Snapshot, text: str, installation: Installation, person: Person) -> PassScope:
    """The scope for a stream, or for one istag; for an istag that follows others, the whole chain.

    Raises `InputError` if there is nothing to look up.
    """
    default = snapshot.config.default_namespace
    if ":" in text:
        steps = chain(IstagName.parse(text, default), snapshot.declarations)
        _check_tag(steps[-1], snapshot, installation)
        return PassScope(declared=False, scheduled=False, requested=frozenset(steps), person=person)
    name = StreamName.parse(text, default)
    stream = snapshot.declarations.streams.get(name)
    if stream is None:
        advice = f"`imagestream import {name}:TAG --from PULLSPEC --confirm` does it."
        raise UnknownNameError(str(name), f"{name} is not declared.", advice)
    tags = frozenset(_importable(stream))
    if not tags and imported_from(stream) is None and pushed_to(name, installation) is None:
        raise InputError(f"{name} has no registry source to look up.")
    return PassScope(declared=False, scheduled=False, requested=tags, streams=frozenset({name}), person=person)


def _importable(stream: Stream) -> Iterator[IstagName]:
    """The tags of a stream that a registry can resolve."""
    for tag in stream.tags.values():
        if repository_of(tag) is not None or (tag.source is None and not tag.reference):
            yield stream.name.tag(tag.name)


def _check_tag(name: IstagName, snapshot: Snapshot, installation: Installation) -> None:
    tag, stream = snapshot.declarations.tag(name), snapshot.declarations.streams.get(name.stream_name)
    pushes = stream is not None and pushed_to(name.stream_name, installation) is not None
    known = name in snapshot.declarations.broken or name in snapshot.protected
    if known or (tag is None and not pushes and (stream is None or imported_from(stream) is None)):
        raise no_spec_tag(
            name, snapshot.declarations, snapshot.protected, "Declare it, or name one of `imagestream status`."
        )
    if tag is not None and repository_of(tag) is None and not (pushes and tag.source is None and not tag.reference):
        raise InputError(f"{name} has no registry source to look up.")
