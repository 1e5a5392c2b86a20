"""Written values: what an image field holds for an event of its istag.

| part      | value                                                                                   |
| --------- | --------------------------------------------------------------------------------------- |
| PULL_SPEC | the event's pull spec; with `write: tag-and-digest` the version is put into it            |
| NAME      | the repository of the pull spec, as the user spelled it                                  |
| TAG       | the version: the registry tag that the source names, through any number of followed tags |
| DIGEST    | the image's digest                                                                       |
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.errors import InputError
from reconciler.model.history import TagEvent
from reconciler.model.image_field import ImageField, Part, WriteStyle
from reconciler.model.name import StreamName
from reconciler.model.reference import DEFAULT_TAG, TAG_RE, Reference
from reconciler.model.stream import Source, SourceKind
from reconciler.planning.stacks import Stacks

_MOST_STEPS = 50
"""Followed tags that are looked at for a version."""


def written_value(field: ImageField, event: TagEvent, stacks: Stacks, style: WriteStyle) -> str | None:
    """The text of the field for an event; None if the event has no such part, as a version that is not known."""
    if field.part is Part.DIGEST:
        return event.image
    if field.part is Part.TAG:
        return version(field.istag.stream_name, event, stacks)
    try:
        reference = Reference.parse(event.pull_spec)
    except InputError:
        return event.pull_spec if field.part is Part.PULL_SPEC else None
    if field.part is Part.NAME:
        return reference.spelling
    if style is WriteStyle.TAG_AND_DIGEST and event.image is not None:
        tag = version(field.istag.stream_name, event, stacks)
        return f"{reference.spelling}:{tag}@{event.image}" if tag else event.pull_spec
    return event.pull_spec


def may_hold(event: TagEvent, text: str, part: Part) -> bool:
    """Whether a field may have this text for an event, in any `write` style.

    If the source of the event is another istag, any tag may be the version: only that istag's history has it.
    """
    if part is Part.DIGEST:
        return event.image is not None and text == event.image
    if part is Part.TAG:
        return _may_be_version(event, text)
    if part is Part.PULL_SPEC and text == event.pull_spec:
        return True
    try:
        spelling = Reference.parse(event.pull_spec).spelling
    except InputError:
        return False
    if part is Part.NAME:
        return text == spelling
    head, tail = f"{spelling}:", f"@{event.image}"
    whole = event.image is not None and text.startswith(head) and text.endswith(tail)
    return whole and _may_be_version(event, text.removeprefix(head).removesuffix(tail))


def names_same_image(field: ImageField, event: TagEvent) -> bool:
    """Whether a whole pull spec is one of the image that an event gives, in whichever form it was written."""
    return field.part is Part.PULL_SPEC and may_hold(event, field.value or "", field.part)


def _may_be_version(event: TagEvent, text: str) -> bool:
    source = event.source
    known = _registry_tag(source) if source is not None and source.kind is SourceKind.DOCKER_IMAGE else None
    return text == known if known is not None else TAG_RE.fullmatch(text) is not None


def version(stream: StreamName, event: TagEvent, stacks: Stacks) -> str | None:
    """The registry tag that an event of a stream came from; None if none is known."""
    source = event.source
    for _ in range(_MOST_STEPS):
        if source is None:
            return None
        if source.kind is SourceKind.DOCKER_IMAGE:
            return _registry_tag(source)
        stream, source = _followed(stream, source, event.identity, stacks)
    return None


def _registry_tag(source: Source) -> str | None:
    try:
        reference = Reference.parse(source.name)
    except InputError:
        return None
    return reference.tag or (DEFAULT_TAG if reference.digest is None else None)


def _followed(stream: StreamName, source: Source, identity: str, stacks: Stacks) -> tuple[StreamName, Source | None]:
    """The stream that a source names, and the source of the event there that has the same image."""
    try:
        if source.kind is SourceKind.ISTAG:
            name = source.istag(stream)
            return name.stream_name, _source_of(stacks.history(name).items, identity)
        wanted = source.isimage(stream).stream_name
        return wanted, _source_of(stacks.events(wanted), identity)
    except InputError:
        return stream, None


def _source_of(events: Iterable[TagEvent], identity: str) -> Source | None:
    """The source of the first event of an image; one that is itself pinned to the image says nothing."""
    sources = (event.source for event in events if event.identity == identity)
    return next((each for each in sources if each is not None and each.kind is not SourceKind.ISIMAGE), None)


def shows_no_image(field: ImageField) -> bool:
    """Whether a whole pull spec is missing or blank: no person chose an image there (OpenShift's ` ` placeholder)."""
    return field.part is Part.PULL_SPEC and not (field.value or "").strip()


def has_digest_beside(field: ImageField, fields: Iterable[ImageField]) -> bool:
    """Whether the same mapping has a digest of the same istag: then a version may stay unknown, the digest decides."""
    place = field.file, field.document, field.path[:-1]
    return any(each.part is Part.DIGEST and (each.file, each.document, each.path[:-1]) == place for each in fields)
