"""The history of an exported tag: the events of OpenShift as a stack, newest first.

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
    """The declaration of an exported tag."""

    tag: SpecTag | None
    imported: SpecTag | None = None
    """The tag as the import of `dockerImageRepository` declares it; None for a stream without that field."""

    def of(self, pull_spec: str) -> SpecTag | None:
        """The spec tag that an event came from: a tag without a source gets images from pushes and the repository."""
        filled = self.tag is None or (self.tag.source is None and not self.tag.reference)
        return self.imported if filled and _is_from(self.imported, pull_spec) else self.tag


def read_stack(value: object, declared: TagDeclaration, registry: ClusterRegistry, place: Place) -> Stack:
    """The whole stack of one entry of `status.tags`; events that cannot be taken over are reported at their place."""
    found = []
    for index, item in enumerate(items(mapping(value).get("items"))):
        event = _event(mapping(item), declared, registry, place.at("items", index))
        if event is not None:
            found.append(event)
    return with_new_generations(_merged(found))


def with_new_generations(stack: Sequence[TagEvent]) -> Stack:
    """The events with new generations; the oldest has 1."""
    return tuple(dataclasses.replace(event, generation=len(stack) - index) for index, event in enumerate(stack))


def cut(stack: Stack, limit: int) -> Stack:
    """The newest events of a stack, with new generations."""
    return with_new_generations(stack[:limit])


def like_followed(stack: Stack, followed: Stack) -> Stack:
    """The stack with the pull spec of the followed tag, where both have the same image.

    OpenShift writes some copies with the repository of the follower; a pass writes the pull spec of the followed tag.
    """
    if not stack or not followed or stack[0].image is None or stack[0].image != followed[0].image:
        return stack
    return (dataclasses.replace(stack[0], pull_spec=followed[0].pull_spec), *stack[1:])


def _event(
    plain: Mapping[str, object], declared: TagDeclaration, registry: ClusterRegistry, place: Place
) -> TagEvent | None:
    image, exported = text(plain.get("image")), text(plain.get("dockerImageReference"))
    tag = declared.of(registry.public(exported))
    created = _created(text(plain.get("created")))
    if created is None:
        place.at("created").report_finding(
            "event-left-out", f"created is {excerpt(plain.get('created'))}, which is not a time. It is left out."
        )
        return None
    if image and not is_digest(image):
        place.at("image").report_finding(
            "event-left-out", f"image {excerpt(image)} is not the digest of a manifest. It is left out."
        )
        return None
    pull_spec = _pull_spec(registry.public(exported), image, tag)
    if pull_spec is None:
        where = place.at("dockerImageReference")
        where.report_finding(
            "event-left-out", f"dockerImageReference {excerpt(exported)} is not a pull spec. It is left out."
        )
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


def _created(exported: str) -> str | None:
    try:
        moment = datetime.fromisoformat(exported)
    except ValueError:
        return None
    return timestamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _pull_spec(exported: str, image: str, tag: SpecTag | None) -> str | None:
    """The pull spec that the event records; None where the export has none that can be pulled."""
    try:
        reference = Reference.parse(exported)
    except InputError:
        return None
    if not image:
        return exported
    declared = _declared(tag)
    same = declared is not None and is_same_repository(declared, reference)
    return (declared if same and declared is not None else reference).pinned(image)


def _source(pull_spec: str, tag: SpecTag | None) -> Source | None:
    """The likely source of the event: OpenShift does not record it."""
    if tag is None or tag.source is None or tag.source.kind is not SourceKind.DOCKER_IMAGE:
        return tag.source if tag else None
    from_there = _is_from(tag, pull_spec) or pull_spec == tag.source.name
    return tag.source if from_there else Source(SourceKind.DOCKER_IMAGE, pull_spec)


def _is_from(tag: SpecTag | None, pull_spec: str) -> bool:
    """Whether a pull spec is in the repository that a spec tag names."""
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
    """The events without those that repeat the image of the event under them."""
    merged: list[TagEvent] = []
    for event in reversed(events):
        if merged and merged[-1].identity == event.identity:
            merged[-1] = dataclasses.replace(event, created=merged[-1].created)
        else:
            merged.append(event)
    return merged[::-1]


def report_differences(name: IstagName, stack: Stack, tag: SpecTag | None, place: Place) -> None:
    """Findings about the newest event: only the cluster can pull it, or its source is not the one of the spec."""
    if tag is not None and is_internal_source(tag):
        return
    top = stack[0]
    if is_cluster_internal(top.pull_spec):
        place.report_finding(
            "cluster-registry", f"{name} is {top.pull_spec}, which only the cluster can pull. {PUBLISH}"
        )
    elif tag is not None and tag.source is not None and not tag.source.same(top.source, name.stream_name):
        message = f"{name} is {top.pull_spec}, but its spec names {tag.source.name}. The next pass resolves that."
        place.report_finding("other-source", message)


def short(event: TagEvent) -> str:
    """The image of an event, for people."""
    return short_digest(event.image) if event.image else event.pull_spec
