"""The text of `describe`, in the form of `oc describe`, with holds, freezes and followers beside it.

The lines that `oc` has are the same; an alias with the same image is shown beside the tag that it follows. Lines are
added for facts that OpenShift does not have: who recorded an event and in which commit, holds, freezes, followers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from reconciler.cli.output.age import age
from reconciler.cli.output.image_details import details
from reconciler.cli.output.text import short
from reconciler.model.image_field import ImageField
from reconciler.model.observation import ImageMetadata
from reconciler.model.stream import FROZEN_ANNOTATION, SourceKind, SpecTag
from reconciler.model.text import line
from reconciler.query.view import HeldImageView, IsimageView, IstagView, RecordedEvent, StreamView, View

NONE = "<none>"
_OWN = "reconciler/"
_SHOWN_APART = (("description", ""), ("tags", "Tags: "), ("supports", "Supports: "), ("sampleRepo", "Example Repo: "))
"""Annotations of a spec tag that `oc` shows as lines of their own, each with its prefix."""

Pairs = Iterator[tuple[str, Iterable[str]]]
"""A label, and its values, each on a line of its own."""


def render(
    described: View, now: datetime, registry: str | None = None, metadata: ImageMetadata | None = None
) -> Iterator[str]:
    """The lines for a person. `registry` is the integrated one, HOST[:PORT][/PATH]; `metadata` is from the image."""
    if isinstance(described, StreamView):
        yield from _block(_stream(described, now, registry))
        yield from _tags(described, now)
    elif isinstance(described, IstagView):
        yield from _block([*_istag(described, now), *details(metadata)])
        if described.items:
            yield ""
            yield from _events(described, now)
    else:
        yield from _block([*_isimage(described, now), *details(metadata)])


def _block(pairs: Iterable[tuple[str, Iterable[str]]]) -> Iterator[str]:
    """Labels and values in two columns."""
    rows = [(label, list(values) or [NONE]) for label, values in pairs]
    width = max(len(label) for label, _ in rows) + 4
    for label, values in rows:
        yield f"{f'{label}:':<{width}}{values[0]}"
        yield from (f"{'':<{width}}{value}" for value in values[1:])


# A stream.


def _stream(described: StreamView, now: datetime, registry: str | None) -> Pairs:
    annotations = dict(described.annotations)
    description = annotations.pop("description", "")
    yield "Name", [described.name.name]
    yield "Namespace", [described.name.namespace]
    yield "Created", [age(described.created, now)] if described.created else []
    yield "Labels", _map(described.labels)
    if description:
        yield "Description", [line(description)]
    yield "Annotations", _map(annotations)
    yield "Declared In", described.files
    yield "Image Repository", _repository(described, registry)
    yield "Image Lookup", [f"local={str(described.local).lower()}"]
    yield "Unique Images", [str(described.images)]
    yield "Tags", [str(len(described.tags))] if described.tags else []


def _repository(described: StreamView, registry: str | None) -> list[str]:
    if registry is not None:
        return [f"{registry}/{described.name}"]
    return [described.repository] if described.repository else []


def _map(values: Mapping[str, str]) -> list[str]:
    return [f"{line(key)}={line(value)}" for key, value in sorted(values.items())]


def _tags(described: StreamView, now: datetime) -> Iterator[str]:
    folded = {alias for tag in described.tags for alias in tag.aliases}
    for tag in described.tags:
        if tag.name.tag in folded:
            continue
        yield ""
        yield f"{tag.name.tag} ({', '.join(tag.aliases)})" if tag.aliases else tag.name.tag
        yield f"  {_source(tag)}"
        yield from (f"    {note}" for note in _notes(tag))
        below = [*_texts(tag.spec), *(f"  {mark}" for mark in _marks(tag)), *_events(tag, now)]
        yield from ["", *below] if below else []


# A tag.


def _source(tag: IstagView) -> str:
    """The source of the tag, in the words of `oc`."""
    spec = tag.spec
    if spec is None:
        return "spec tag with errors" if tag.broken else "no spec tag"
    if spec.source is None:
        return "tag without source image"
    name = f"{spec.source.name} (dockerImageRepository)" if spec.imported else spec.source.name
    if spec.source.namespace not in {None, tag.name.namespace}:
        name = f"{spec.source.namespace}/{name}"
    registry = "registry " if spec.source.kind is SourceKind.DOCKER_IMAGE else ""
    image = "image " if spec.source.kind is SourceKind.ISIMAGE else ""
    if spec.reference:
        return f"reference to {registry}{image}{name}"
    if spec.scheduled or spec.source.kind is SourceKind.ISTAG:
        return f"updates automatically from {registry}{name}"
    return f"tagged from {name}"


def _notes(tag: IstagView) -> Iterator[str]:
    """Notes that are true for every image of the tag."""
    spec = tag.spec
    if spec is not None and spec.insecure:
        yield "will use insecure HTTPS or HTTP connections"
    if tag.local:
        yield "prefer registry pullthrough when referencing this tag"
    if spec is not None:
        own = {key: value for key, value in spec.annotations.items() if key.startswith(_OWN)}
        yield from (f"{line(key)}: {line(value)}" for key, value in sorted(own.items()) if key != FROZEN_ANNOTATION)
        if spec.frozen:
            yield f"does not move until imagestream unfreeze {tag.name}"


def _texts(spec: SpecTag | None) -> Iterator[str]:
    """The annotations of the tag for people, as `oc` shows them."""
    annotations = spec.annotations if spec is not None else {}
    shown = {**annotations, "tags": annotations.get("tags", "").replace(",", ", ")}
    lines = [f"  {before}{line(shown[key])}" for key, before in _SHOWN_APART if shown.get(key)]
    yield from lines
    if lines:
        yield ""


def _marks(tag: IstagView) -> Iterator[str]:
    """The reasons why the tag does not get its next image."""
    if tag.error:
        yield f"! error: {tag.error}"
    if tag.pending:
        yield f"~ {_pending(tag)}"
    for held in tag.held:
        yield f"! held: {_held(held)}; imagestream unhold {tag.name} releases it"


def _pending(tag: IstagView) -> str:
    """The text for a source without a recorded image, from git alone: the registry decides whether it gets one."""
    what = "not imported since its source changed" if tag.items else "never imported"
    return f"{what}; `imagestream status {tag.name}` shows why"


def _held(held: HeldImageView) -> str:
    by = f" by {held.author.name} in {held.commit[:12]}" if held.author and held.commit else ""
    return f"{short(held.identity)} was rolled back{by}"


def _events(tag: IstagView, now: datetime) -> Iterator[str]:
    for index, each in enumerate(tag.items):
        yield f"  {'*' if index == 0 else ' '} {each.event.pull_spec}"
        yield f"      {_when(each, now)}{_image(each)}"


def _when(recorded: RecordedEvent, now: datetime) -> str:
    by = f" by {recorded.author.name}" if recorded.author else ""
    commit = f" in {recorded.commit[:12]}" if recorded.commit else ""
    return f"{age(recorded.event.created, now)}, {recorded.event.cause}{by}{commit}"


def _image(recorded: RecordedEvent) -> str:
    """The image, unless the pull spec names it."""
    image = recorded.event.image
    return f"\t{image}" if image and not recorded.event.pull_spec.endswith(f"@{image}") else ""


# An istag and an isimage.


def _istag(tag: IstagView, now: datetime) -> Pairs:
    top = tag.items[0] if tag.items else None
    yield "Name", [tag.name.short]
    yield "Namespace", [tag.name.namespace]
    yield "Created", [age(top.event.created, now)] if top else []
    yield "Annotations", _map(tag.spec.annotations if tag.spec else {})
    yield "Image Name", [top.event.image] if top and top.event.image else []
    yield "Docker Image", [top.event.pull_spec] if top else []
    yield "Source", [_source(tag), *_notes(tag)]
    yield "Declared In", [f"{tag.spec.position.file}:{tag.spec.position.line}"] if tag.spec else []
    yield "Generation", [str(top.event.generation)] if top else []
    yield "Recorded", [_when(top, now)] if top else []
    yield "Followed By", [str(each) for each in tag.followers]
    if tag.workloads:
        yield "Workloads", [_workload(each) for each in tag.workloads]
    yield "Held", [_held(each) for each in tag.held]
    if tag.error:
        yield "Error", [tag.error]
    if tag.pending:
        yield "Import", [_pending(tag)]


def _workload(field: ImageField) -> str:
    return f"{line(field.owner)} ({field.name})" if field.owner else field.name


def _isimage(described: IsimageView, now: datetime) -> Pairs:
    yield "Name", [f"{described.name.stream}@{described.name.digest}"]
    yield "Namespace", [described.name.namespace]
    yield "Created", [age(described.created, now)]
    yield "Image Name", [described.name.digest]
    yield "Docker Image", [described.pull_spec]
    meanings = described.timeline
    yield "Tagged As", [f"{each.tag.tag}: {_when(each.recorded, now)}" for each in meanings if each.current]
    yield "Was Tagged As", [f"{each.tag.tag}: {_when(each.recorded, now)}" for each in meanings if not each.current]
