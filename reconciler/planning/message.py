"""Commit messages: text made of changes, whose trailers parse back into the same changes (design 3.5).

    Tag team-a/app:prod as sha256:9f2c1ab04d77          subject: what moved

    quay.io/acme/app:1.4.2 now is sha256:9f2c1a… (…).   body: for people
    Version 1.4.2, built … from … at ….                 the image's labels, inert

    Tag: team-a/app:prod                                trailers: one block a change, each beginning at its `Tag:`
    Image: sha256:…

Image labels, registries' events and names of people are text of others: before it enters a sentence or a trailer,
`text.inert` takes out what a git host would act on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.model.change import (
    Change,
    ChangeKind,
    EventChange,
    Hold,
    Move,
    Remove,
    Restore,
    Retarget,
    Rewrite,
    Unhold,
)
from reconciler.model.config import CommitStyle
from reconciler.model.history import Cause
from reconciler.model.observation import ImageMetadata
from reconciler.model.person import Person
from reconciler.model.phrase import plural, some
from reconciler.model.reference import is_digest, short_digest
from reconciler.model.text import inert
from reconciler.planning.trailers import NONE, OWN_KEYS, TRAILER, RecordedChange

SKIP_CI = "[skip ci]"
_MOST_NAMED = 5
"""The number of image fields that the text of a message names; the trailers name all."""


def recorded(change: Change) -> RecordedChange:
    """The trailers of a change, as they will be parsed."""
    requested = change.request if change.request and change.request.commit else None
    event = change if isinstance(change, EventChange) else None
    held = change.held if isinstance(change, Hold | Restore) else ()
    released = change.released if isinstance(change, Hold | Unhold | Restore) else ()
    return RecordedChange(
        tag=change.tag,
        image=change.image,
        previous=change.previous,
        source=change.source.spelled_out(change.tag.stream_name) if change.source else None,
        cause=change.cause,
        pushed_by=_pusher(event) if event else None,
        requested_by=_inert(requested.person) if requested else None,
        requested_in=requested.commit if requested else None,
        undoes=change.undoes if isinstance(change, Restore) else None,
        held=held,
        released=released,
        awaited=event.awaited if event else (),
        workloads=tuple(edit.field.name for edit in change.edits),
    )


def render(changes: Sequence[Change], style: CommitStyle | None = None) -> str:
    """The whole message of the commit that makes these changes, which are one or more."""
    style = style or CommitStyle()
    subject = f"{style.subject_prefix}{_subject(changes)}"
    body = "\n\n".join(_paragraph(change) for change in changes)
    trailers = [line for change in changes for line in _trailers(change)]
    extra = [line for line in style.trailers if _is_foreign_trailer(line)]
    paragraphs = [subject, body, *([SKIP_CI] if style.skip_ci else []), "\n".join([*trailers, *extra])]
    return "\n\n".join(paragraphs) + "\n"


def _subject(changes: Sequence[Change]) -> str:
    first = changes[0]
    streams = {change.tag.stream_name for change in changes}
    tags = plural(len(changes), "tag")
    if len(streams) == 1 and all(change.cause == Cause.ADOPTED for change in changes):
        return f"Adopt {first.tag.stream_name}: {tags}"
    if len(streams) == 1 and all(isinstance(change, Move) and change.first for change in changes):
        return f"Import {first.tag.stream_name}: {tags}"
    if all(isinstance(change, Retarget) for change in changes):
        return f"Update images in {_files_of(changes)}"
    if len(changes) == 1:
        return f"{_SUBJECTS[first.kind]} {first.tag}{_as(first)}"
    if len(streams) == 1:
        return f"Update {first.tag.stream_name}: {tags}"
    return f"Update {tags} in {len(streams)} streams"


def _files_of(changes: Sequence[Change]) -> str:
    """The one file that the changes write, or how many there are."""
    files = dict.fromkeys(edit.field.file for change in changes for edit in change.edits)
    return inert(next(iter(files))) if len(files) == 1 else plural(len(files), "file")


_SUBJECTS: Mapping[ChangeKind, str] = {
    ChangeKind.MOVE: "Tag",
    ChangeKind.REWRITE: "Tag",
    ChangeKind.REMOVE: "Remove tag",
    ChangeKind.RESTORE: "Restore history of",
    ChangeKind.HOLD: "Hold",
    ChangeKind.UNHOLD: "Unhold",
}


def _as(change: Change) -> str:
    return f" as {_short(change.image)}" if isinstance(change, EventChange) else ""


def _short(image: str | None) -> str:
    if image is None:
        return NONE
    return short_digest(image) if is_digest(image) else image


def _paragraph(change: Change) -> str:
    details = _details(change) if isinstance(change, EventChange) else ()
    return "\n".join([_body(change), *details, *_written(change)])


def _written(change: Change) -> Iterator[str]:
    """The line about the image fields that are written in the same commit."""
    if change.edits:
        yield f"Written to {some([edit.field.name for edit in change.edits], _MOST_NAMED)}."


def _body(change: Change) -> str:
    """The sentences about what the change does."""
    match change:
        case Move():
            return _moved(change)
        case Rewrite():
            return f"{change.tag} still is {_short(change.image)}, which now comes from {_named(change)}."
        case Remove():
            return (
                f"{change.tag} is no longer declared; it last meant {_short(change.previous)}.\n"
                "Its history stays in git."
            )
        case Restore():
            return _restored(change)
        case Hold():
            return _held(change)
        case Retarget() | Unhold():
            return _still(change)
    raise TypeError(change.kind)


def _restored(change: Restore) -> str:
    means = f"{change.tag} means {_short(change.image)} again, as it was last recorded."
    return f"{means}\nThis undoes commit {change.undoes[:12]}." if change.undoes else means


def _still(change: Retarget | Unhold) -> str:
    """The sentence of a change after which the istag means the same as before."""
    if isinstance(change, Retarget):
        return f"{change.tag} is {_short(change.image)}, and files that follow it had something else."
    return f"{change.tag} may come back to {', '.join(map(_short, change.released))}."


def _details(change: EventChange) -> Iterator[str]:
    """The lines about the push, from the registry's event, and about the build, from the image's labels."""
    pusher = _pusher(change)
    if pusher:
        yield f"Pushed by {pusher}, says the registry."
    described = _described(change.metadata) if change.metadata else ""
    if described:
        yield described


def _pusher(change: EventChange) -> str | None:
    """The claim of a registry's event as one word; None if nothing is left of it."""
    return inert("-".join(inert(change.pusher or "").split())) or None


def _inert(person: Person) -> Person:
    return Person(inert(person.name), inert(person.email))


def _moved(change: Move) -> str:
    if change.cause == Cause.ADOPTED:
        return _adopted(change)
    was = f" (was {_short(change.previous)})" if change.previous else ""
    if not is_digest(change.image):
        return f"{change.tag} now refers to {change.image}{was}."
    return f"{_named(change)} now is {_short(change.image)}{was}."


def _adopted(change: Move) -> str:
    events = change.history.items
    count = plural(len(events), "event")
    return (
        f"{change.tag} is {_short(change.image)}, with {count} that an image stream had recorded, "
        f"the first of {events[-1].created}."
    )


def _held(change: Hold) -> str:
    images = ", ".join(_short(image) for image in change.held)
    to = f"back to {_short(change.image)} (was {_short(change.previous)})"
    back = f"{change.tag} was rolled {to}, by a rewrite of the branch"
    if change.request is not None:
        back = f"{inert(change.request.person.name)} rolled {change.tag} {to}"
    where = f" in commit {change.request.commit[:12]}" if change.request and change.request.commit else ""
    return f"{back}{where}." + (f"\nHeld, so that no pass comes back to it: {images}." if images else "")


def _named(change: EventChange) -> str:
    """The source as people write it: a pull spec, or `namespace/stream:tag`."""
    return change.source.target(change.tag.stream_name) if change.source else "the tag"


def _described(metadata: ImageMetadata) -> str:
    """`Version 1.4.2, built 2026-… from https://… at 1f0c9d2.`, or as much of it as the labels have."""
    parts = []
    if metadata.version:
        parts.append(f"version {inert(metadata.version)}")
    built = [f"built {inert(metadata.created)}"] if metadata.created else []
    built += [f"from {inert(metadata.source)}"] if metadata.source else []
    built += [f"at {inert(metadata.revision)[:12]}"] if metadata.revision else []
    if built:
        parts.append(" ".join(built))
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _trailers(change: Change) -> list[str]:
    fields = recorded(change)
    values: tuple[tuple[str, str | None], ...] = (
        ("Tag", str(fields.tag)),
        ("Image", fields.image or NONE),
        ("Previous-Image", fields.previous or NONE),
        ("Source", str(fields.source) if fields.source else None),
        ("Cause", fields.cause),
        ("Pushed-By", fields.pushed_by),
        ("Awaited-Tags", " ".join(fields.awaited) or None),
        *(("Held-Image", image) for image in fields.held),
        *(("Released-Image", image) for image in fields.released),
        *(("Workload", name) for name in fields.workloads),
        ("Undoes", fields.undoes),
        ("Requested-By", str(fields.requested_by) if fields.requested_by else None),
        ("Requested-In", fields.requested_in),
    )
    return [f"{key}: {value}" for key, value in values if value is not None]


def _is_foreign_trailer(line: str) -> bool:
    """Whether a configured line is a trailer that is not one of ours, so that it is never read as part of a change."""
    match = TRAILER.fullmatch(line)
    return match is not None and match[1].lower() not in OWN_KEYS
