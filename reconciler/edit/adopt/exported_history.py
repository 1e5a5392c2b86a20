"""The history of an exported tag: OpenShift's events as a stack of our own, newest first.

| in the export                                   | here                                                              |
| ----------------------------------------------- | ----------------------------------------------------------------- |
| `created`                                       | stays                                                             |
| `generation`, of the whole stream               | counted anew from one                                             |
| `dockerImageReference`                          | the repository as the spec spells it, plus the digest             |
| an event without `image`                        | a reference event                                                 |
| the same image twice in a row (pruned between)  | one event, of the older one's time (design 3.2 rule 2)            |
| the source, which OpenShift does not record     | the spec tag's `from` if the repository is its, else the pull spec |
| no `from`, of the stream's `dockerImageRepository` | its tag of that name, as OpenShift imported it                 |
| no `from` otherwise (pushed)                    | no source                                                         |
| more events than `limits.history`               | the newest of them                                                |
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from reconciler.edit.adopt.cluster_registry import PUBLISH, ClusterRegistry, is_cluster_internal, is_internal_source
from reconciler.edit.adopt.finding import Place
from reconciler.errors import InputError
from reconciler.model.excerpt import excerpt
from reconciler.model.history import Cause, TagEvent, timestamp
from reconciler.model.name import IstagName
from reconciler.model.plain import items, mapping, text
from reconciler.model.reference import Reference, is_digest, short_digest
from reconciler.model.stream import ImportMode, Source, SourceKind, SpecTag

Stack = tuple[TagEvent, ...]


@dataclass(frozen=True, slots=True)
class TagDeclaration:
    """What an exported tag is declared as."""

    tag: SpecTag | None
    imported: SpecTag | None = None
    """As the import of the stream's `dockerImageRepository` declares it; None where it names none."""

    def of(self, pull_spec: str) -> SpecTag | None:
        """The spec tag that an event came from: one without a source is filled by pushes and by the repository."""
        filled = self.tag is None or (self.tag.source is None and not self.tag.reference)
        return self.imported if filled and _is_from(self.imported, pull_spec) else self.tag


def read_stack(value: object, declared: TagDeclaration, registry: ClusterRegistry, place: Place) -> Stack:
    """The stack of one entry of `status.tags`, whole; what cannot be taken over is said at its place."""
    found = []
    for index, item in enumerate(items(mapping(value).get("items"))):
        event = _event(mapping(item), declared, registry, place.at("items", index))
        if event is not None:
            found.append(event)
    return counted(_merged(found))


def counted(stack: Sequence[TagEvent]) -> Stack:
    """The events with generations counted from one, the oldest first."""
    return tuple(dataclasses.replace(event, generation=len(stack) - index) for index, event in enumerate(stack))


def cut(stack: Stack, limit: int) -> Stack:
    """The newest events of a stack, counted from one."""
    return counted(stack[:limit])


def like_followed(stack: Stack, followed: Stack) -> Stack:
    """The stack with the pull spec of the tag it follows, where both mean the same image.

    OpenShift writes some copies under the follower's own repository; a pass would write them as they are there.
    """
    if not stack or not followed or stack[0].image is None or stack[0].image != followed[0].image:
        return stack
    return (dataclasses.replace(stack[0], pull_spec=followed[0].pull_spec), *stack[1:])


def _event(
    plain: Mapping[str, object], declared: TagDeclaration, registry: ClusterRegistry, place: Place
) -> TagEvent | None:
    image, said = text(plain.get("image")), text(plain.get("dockerImageReference"))
    tag = declared.of(registry.public(said))
    created = _created(text(plain.get("created")))
    if created is None:
        place.at("created").say(
            "event-left-out", f"created is {excerpt(plain.get('created'))}, no time. It is left out."
        )
        return None
    if image and not is_digest(image):
        place.at("image").say("event-left-out", f"image {excerpt(image)} is no manifest's digest. It is left out.")
        return None
    pull_spec = _pull_spec(registry.public(said), image, tag)
    if pull_spec is None:
        where = place.at("dockerImageReference")
        where.say("event-left-out", f"dockerImageReference {excerpt(said)} is no pull spec. It is left out.")
        return None
    source = _source(pull_spec, tag)
    return TagEvent(
        image=image or None,
        pull_spec=pull_spec,
        created=created,
        generation=1,
        source=source,
        cause=Cause.ADOPTED,
        import_mode=_import_mode(image, source, tag),
    )


def _created(said: str) -> str | None:
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    return timestamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _pull_spec(said: str, image: str, tag: SpecTag | None) -> str | None:
    """What the event records; None where it says nothing that could be pulled."""
    try:
        reference = Reference.parse(said)
    except InputError:
        return None
    if not image:
        return said
    declared = _declared(tag)
    same = declared is not None and is_same_repository(declared, reference)
    return (declared if same and declared is not None else reference).pinned(image)


def _source(pull_spec: str, tag: SpecTag | None) -> Source | None:
    """Where the event came from, as far as can be told: OpenShift does not record it."""
    if tag is None or tag.source is None or tag.source.kind is not SourceKind.DOCKER_IMAGE:
        return tag.source if tag else None
    from_there = _is_from(tag, pull_spec) or pull_spec == tag.source.name
    return tag.source if from_there else Source(SourceKind.DOCKER_IMAGE, pull_spec)


def _is_from(tag: SpecTag | None, pull_spec: str) -> bool:
    """Whether a pull spec is of the repository that a spec tag names."""
    declared = _declared(tag)
    try:
        return declared is not None and is_same_repository(declared, Reference.parse(pull_spec))
    except InputError:
        return False


def _declared(tag: SpecTag | None) -> Reference | None:
    """The repository that the spec tag names."""
    if tag is None or tag.source is None or tag.source.kind is not SourceKind.DOCKER_IMAGE:
        return None
    try:
        return Reference.parse(tag.source.name)
    except InputError:
        return None


def is_same_repository(one: Reference, other: Reference) -> bool:
    """Whether two pull specs name one repository, however it is spelt."""
    return (one.host, one.repository) == (other.host, other.repository)


def _import_mode(image: str, source: Source | None, tag: SpecTag | None) -> ImportMode:
    imported = bool(image) and source is not None and source.kind is SourceKind.DOCKER_IMAGE
    return tag.import_mode if tag is not None and imported else ImportMode.PRESERVE_ORIGINAL


def _merged(events: Sequence[TagEvent]) -> list[TagEvent]:
    """The events without those that mean what the one under them means."""
    merged: list[TagEvent] = []
    for event in reversed(events):
        if merged and merged[-1].identity == event.identity:
            merged[-1] = dataclasses.replace(event, created=merged[-1].created)
        else:
            merged.append(event)
    return merged[::-1]


def report_differences(name: IstagName, stack: Stack, tag: SpecTag | None, place: Place) -> None:
    """Findings about the newest event: where only the cluster can pull it, or its source is no longer the spec's."""
    if tag is not None and is_internal_source(tag):
        return
    top = stack[0]
    if is_cluster_internal(top.pull_spec):
        place.say("cluster-registry", f"{name} is {top.pull_spec}, which only the cluster can pull. {PUBLISH}")
    elif tag is not None and tag.source is not None and not tag.source.same(top.source, name.stream_name):
        text_ = f"{name} is {top.pull_spec}, but its spec names {tag.source.name}. The next pass resolves that."
        place.say("other-source", text_)


def short(event: TagEvent) -> str:
    """What an event means, as people read it."""
    return short_digest(event.image) if event.image else event.pull_spec
