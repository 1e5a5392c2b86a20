"""Imported repositories: what `spec.dockerImageRepository` makes of the tags of a stream.

As OpenShift's import does it (`ensureSpecTag`): a tag of the repository makes a spec tag, or is the source of one that
names none. A spec tag with a source of its own, or with `reference: true`, is left alone.
"""

from __future__ import annotations

import dataclasses

from reconciler.errors import InputError
from reconciler.model.name import IstagName
from reconciler.model.reference import Reference
from reconciler.model.stream import INSECURE_ANNOTATION, Declarations, Source, SourceKind, SpecTag, Stream


def imported_from(stream: Stream) -> Reference | None:
    """The repository that the stream imports; None if the field is empty or malformed."""
    try:
        reference = Reference.parse(stream.repository) if stream.repository else None
    except InputError:
        return None
    return None if reference is None or reference.tag or reference.digest else reference


def imported_source(stream: Stream, tag: str) -> Source | None:
    """The source of an istag that comes from that repository: its tag of the same name; None without a repository."""
    reference = imported_from(stream)
    if reference is None:
        return None
    return Source(SourceKind.DOCKER_IMAGE, str(dataclasses.replace(reference, tag=tag)))


def imported_tag(stream: Stream, tag: str) -> SpecTag | None:
    """The spec tag that OpenShift would write for a tag of the stream's `dockerImageRepository`."""
    source = imported_source(stream, tag)
    if source is None or not stream.positions:
        return None
    return SpecTag(tag, source, stream.positions[0], insecure=is_insecure(stream))


def lookup_tag(declarations: Declarations, name: IstagName) -> SpecTag | None:
    """The spec tag for the lookup of an istag: its own, else one for that tag of the stream's repository."""
    stream = declarations.streams.get(name.stream_name)
    return declarations.tag(name) or (imported_tag(stream, name.tag) if stream else None)


def filled(stream: Stream) -> Stream:
    """The stream with tags of the repository as the sources of the spec tags without one."""
    if imported_from(stream) is None:
        return stream
    return dataclasses.replace(stream, tags={name: _filled(stream, tag) for name, tag in stream.tags.items()})


def is_insecure(stream: Stream) -> bool:
    """Whether the repository may be called over plain HTTP and unverified TLS."""
    return stream.annotations.get(INSECURE_ANNOTATION) == "true"


def _filled(stream: Stream, tag: SpecTag) -> SpecTag:
    if tag.source is not None or tag.reference:
        return tag
    source, insecure = imported_source(stream, tag.name), tag.insecure or is_insecure(stream)
    return dataclasses.replace(tag, source=source, insecure=insecure, imported=True)
