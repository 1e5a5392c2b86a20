"""Commit messages: a pure function of the changes, whose trailers parse back into the same changes (design 3.5).

    Tag team-a/app:prod as sha256:9f2c1ab04d77          subject: what moved

    quay.io/acme/app:1.4.2 now is sha256:9f2c1a… (…).   body: for people
    Version 1.4.2, built … from … at ….                 what the image says of itself, inert

    Tag: team-a/app:prod                                trailers: one block a change, each beginning at its `Tag:`
    Image: sha256:…

Text from image labels, registries' events and names of people is foreign: what a git host would act on is taken out
of it (`text.inert`) before it enters a message, in the sentences as in the trailers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reconciler.model.change import Change, ChangeKind
from reconciler.model.config import CommitStyle
from reconciler.model.history import Cause
from reconciler.model.observation import ImageMetadata
from reconciler.model.person import Person
from reconciler.model.reference import is_digest, short_digest
from reconciler.model.text import inert
from reconciler.planning.trailers import NONE, OWN_KEYS, TRAILER, Recorded

SKIP_CI = "[skip ci]"


def recorded(change: Change) -> Recorded:
    """What the trailers of a change say."""
    asked = change.request if change.request and change.request.commit else None
    return Recorded(
        tag=change.tag,
        image=change.image,
        previous=change.previous,
        source=change.source.spelled_out(change.tag.stream_name) if change.source else None,
        cause=change.cause,
        pushed_by=_pusher(change),
        requested_by=_inert(asked.person) if asked else None,
        requested_in=asked.commit if asked else None,
        undoes=change.undoes,
        held=change.held,
        released=change.released,
        awaited=change.awaited,
    )


def render(changes: Sequence[Change], style: CommitStyle | None = None) -> str:
    """The whole message of the commit that makes these changes; there is at least one."""
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
    tags = f"{len(changes)} tag{'' if len(changes) == 1 else 's'}"
    if len(streams) == 1 and all(change.cause == Cause.ADOPTED for change in changes):
        return f"Adopt {first.tag.stream_name}: {tags}"
    if first.first and len(streams) == 1 and all(change.first for change in changes):
        return f"Import {first.tag.stream_name}: {tags}"
    if len(changes) == 1:
        return _SUBJECTS[first.kind](first)
    if len(streams) == 1:
        return f"Update {first.tag.stream_name}: {tags}"
    return f"Update {tags} in {len(streams)} streams"


def _tagged(change: Change) -> str:
    return f"Tag {change.tag} as {_short(change.image)}"


_SUBJECTS: dict[ChangeKind, Callable[[Change], str]] = {
    ChangeKind.MOVE: _tagged,
    ChangeKind.REWRITE: _tagged,
    ChangeKind.REMOVE: lambda change: f"Remove tag {change.tag}",
    ChangeKind.RESTORE: lambda change: f"Restore history of {change.tag}",
    ChangeKind.HOLD: lambda change: f"Hold {change.tag}",
    ChangeKind.UNHOLD: lambda change: f"Unhold {change.tag}",
    ChangeKind.RETARGET: lambda change: f"Update images in {change.tag}",
}


def _short(image: str | None) -> str:
    if image is None:
        return NONE
    return short_digest(image) if is_digest(image) else image


def _paragraph(change: Change) -> str:
    lines = [_BODIES.get(change.kind, _moved)(change)]
    pusher = _pusher(change)
    said = f"Pushed by {pusher}, says the registry." if pusher else ""
    described = _described(change.metadata) if change.metadata else ""
    return "\n".join([*lines, *filter(None, (said, described))])


def _pusher(change: Change) -> str | None:
    """The claim of a registry's event as one word; None where nothing is left of it."""
    return inert("-".join(inert(change.pusher or "").split())) or None


def _inert(person: Person) -> Person:
    return Person(inert(person.name), inert(person.email))


def _moved(change: Change) -> str:
    if change.cause == Cause.ADOPTED:
        return _adopted(change)
    was = f" (was {_short(change.previous)})" if change.previous else ""
    if change.image is not None and not is_digest(change.image):
        return f"{change.tag} now refers to {change.image}{was}."
    return f"{_named(change)} now is {_short(change.image)}{was}."


def _adopted(change: Change) -> str:
    events = change.history.items if change.history else ()
    count = f"{len(events)} event{'' if len(events) == 1 else 's'}"
    since = f", the first of {events[-1].created}" if events else ""
    return f"{change.tag} is {_short(change.image)}, with {count} that an image stream had recorded{since}."


def _rewritten(change: Change) -> str:
    return f"{change.tag} still is {_short(change.image)}, which now comes from {_named(change)}."


def _removed(change: Change) -> str:
    return f"{change.tag} is no longer declared; it last meant {_short(change.previous)}.\nIts history stays in git."


def _restored(change: Change) -> str:
    means = f"{change.tag} means {_short(change.image)} again, as it was last recorded."
    return f"{means}\nThis undoes commit {change.undoes[:12]}." if change.undoes else means


def _held(change: Change) -> str:
    images = ", ".join(_short(image) for image in change.held)
    to = f"back to {_short(change.image)} (was {_short(change.previous)})"
    back = f"{change.tag} was rolled {to}, by a rewrite of the branch"
    if change.request is not None:
        back = f"{inert(change.request.person.name)} rolled {change.tag} {to}"
    where = f" in commit {change.request.commit[:12]}" if change.request and change.request.commit else ""
    return f"{back}{where}." + (f"\nHeld, so that no pass comes back to it: {images}." if images else "")


def _released(change: Change) -> str:
    images = ", ".join(_short(image) for image in change.released)
    return f"{change.tag} may come back to {images}."


_BODIES: dict[ChangeKind, Callable[[Change], str]] = {
    ChangeKind.MOVE: _moved,
    ChangeKind.REWRITE: _rewritten,
    ChangeKind.REMOVE: _removed,
    ChangeKind.RESTORE: _restored,
    ChangeKind.HOLD: _held,
    ChangeKind.UNHOLD: _released,
}


def _named(change: Change) -> str:
    """The source as people say it: a pull spec, or `namespace/stream:tag`."""
    return change.source.target(change.tag.stream_name) if change.source else "the tag"


def _described(metadata: ImageMetadata) -> str:
    """`Version 1.4.2, built 2026-… from https://… at 1f0c9d2.`, as far as the image says."""
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
    said = recorded(change)
    values: tuple[tuple[str, str | None], ...] = (
        ("Tag", str(said.tag)),
        ("Image", said.image or NONE),
        ("Previous-Image", said.previous or NONE),
        ("Source", str(said.source) if said.source else None),
        ("Cause", said.cause),
        ("Pushed-By", said.pushed_by),
        ("Awaited-Tags", " ".join(said.awaited) or None),
        *(("Held-Image", image) for image in said.held),
        *(("Released-Image", image) for image in said.released),
        ("Undoes", said.undoes),
        ("Requested-By", str(said.requested_by) if said.requested_by else None),
        ("Requested-In", said.requested_in),
    )
    return [f"{key}: {value}" for key, value in values if value is not None]


def _is_foreign_trailer(line: str) -> bool:
    """Whether a configured line is a trailer, and none of ours: it must not be read as part of a change."""
    match = TRAILER.fullmatch(line)
    return match is not None and match[1].lower() not in OWN_KEYS
