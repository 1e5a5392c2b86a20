"""TagRequest: `tag` as `oc tag` does it, and `promote`, which pins a tag to what another means now."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reconciler.documents.edit.target.spec_tag import TagEdit
from reconciler.edit.spec_edit import Files, SpecEdit, apply_edit, apply_removal, what_stays
from reconciler.errors import InputError, UnknownNameError
from reconciler.gitstore import Repository
from reconciler.model.history import Cause, TagEvent
from reconciler.model.name import IsimageName, IstagName, StreamName
from reconciler.model.reference import Reference, short_digest
from reconciler.model.stream import SELECT_ANNOTATION, ImportMode, Source, SourceKind
from reconciler.model.text import inert
from reconciler.provenance.resolve import Unrecorded, resolve
from reconciler.reading.snapshot import Snapshot


class SourceType(StrEnum):
    """The words of `--source`, as `oc tag` has them, each with its short form."""

    DOCKER = "docker"
    ISTAG = "imagestreamtag"
    ISIMAGE = "imagestreamimage"


SHORT_TYPES = {"istag": SourceType.ISTAG, "isimage": SourceType.ISIMAGE}


@dataclass(frozen=True, slots=True)
class TagRequest:
    """What a person asked of `tag`."""

    source: str
    destinations: tuple[str, ...]
    source_type: SourceType | None = None
    alias: bool = False
    """Follow the source istag instead of pinning what it means now."""
    reference: bool | None = None
    scheduled: bool | None = None
    insecure: bool | None = None
    import_mode: ImportMode | None = None
    reference_policy: str | None = None


def tag(
    state: Snapshot, repository: Repository, request: TagRequest, unrecorded: Unrecorded = lambda _: ()
) -> SpecEdit:
    """Point spec tags at a source; `unrecorded` is asked about an isimage that no history has.

    Raises `InputError` for flags that do not go together (as `oc tag` does).
    """
    names = [IstagName.parse(text, state.config.default_namespace) for text in request.destinations]
    source_type = request.source_type or guess(request.source)
    _check_flags(request, source_type)
    files: Files = {}
    lines: list[str] = []
    for name in names:
        source = _source(state, repository, request, source_type, name, unrecorded)
        files, note = _pointed(repository, state, _sourced(_edit(request, name), source), files)
        lines.append(_said(name, source, request) + note)
    subject = f"Tag {', '.join(map(str, names))} from {request.source}"
    return SpecEdit(files, f"{subject}\n\n{chr(10).join(lines)}\n", tuple(lines))


def _pointed(repository: Repository, state: Snapshot, edit: TagEdit, files: Files) -> tuple[Files, str]:
    """The files after an edit of a tag's source, and what else was changed, or was left as it decides what happens.

    A selection is taken off: it would go on choosing, whatever the pull spec says.
    """
    name = edit.stream.tag(edit.tag)
    unselected = dataclasses.replace(edit, annotations={SELECT_ANNOTATION: None})
    declared = state.declarations.tag(name)
    if declared is None and name in state.declarations.broken:  # what its entry says is not known but by editing it
        selects = apply_edit(repository, state, unselected, files) != apply_edit(repository, state, edit, files)
    else:
        selects = declared is not None and SELECT_ANNOTATION in declared.annotations
    note = f" It no longer selects ({SELECT_ANNOTATION})." if selects else ""
    edited = apply_edit(repository, state, unselected if selects else edit, files)
    return edited, note + what_stays(repository, state, edit, edited)


def untag(state: Snapshot, repository: Repository, destinations: Sequence[str]) -> SpecEdit:
    """Take spec tags out; the next pass removes their histories.

    What stays without a spec tag, because it was pushed or imported with a whole repository, is removed here: that its
    files are gone is what later passes know the removal by.
    """
    names = [IstagName.parse(text, state.config.default_namespace) for text in destinations]
    files: Files = {}
    for name in names:
        there = state.histories.get(name)
        undeclared = state.declarations.tag(name) is None
        if not undeclared or there is None or name in {*state.declarations.broken, *state.protected}:
            files = apply_removal(repository, state, name, files)
        if there is not None and (undeclared or (there.top is not None and there.top.cause is Cause.PUSHED)):
            files |= {path: None for path in (name.history_path, name.hold_path) if path in state.files.entries}
    lines = tuple(f"Deleted tag {name}." for name in names)
    return SpecEdit(files, f"Delete tag {', '.join(map(str, names))}\n\n{chr(10).join(lines)}\n", lines)


ImageVersion = Callable[[IstagName, TagEvent], str | None]
"""What the image of an istag's event calls itself; None where that is not known."""


def promote(
    state: Snapshot,
    repository: Repository,
    source: str,
    destination: str,
    version: ImageVersion,
    onto: Snapshot | None = None,
) -> SpecEdit:
    """Pin the destination to the image that the source means now; the message says what moves from what to what.

    The files are those of `onto`, where an earlier promotion is going on; else of `state`.
    """
    default = state.config.default_namespace
    origin, name = IstagName.parse(source, default), IstagName.parse(destination, default)
    event = _meant(state, origin)
    if event.image is None:
        raise InputError(f"{origin} is a reference to {event.pull_spec}, without an image that could be pinned.")
    pinned = Source(SourceKind.ISIMAGE, f"{origin.stream}@{event.image}", origin.namespace)
    edit = _sourced(TagEdit(stream=name.stream_name, tag=name.tag), pinned)
    files, note = _pointed(repository, onto or state, edit, {})
    current = state.histories.get(name)
    was = _described(name, current.top, version) if current and current.top else "nothing"
    moves = f"{name} moves from {was} to {_described(origin, event, version)}, which {origin} means now.{note}"
    from_where = f"{event.pull_spec}, recorded {event.created}, generation {event.generation} of {origin}."
    message = f"Promote {origin} to {name}\n\n{moves}\n{from_where}\n"
    return SpecEdit(files, message, (moves,))


def _described(name: IstagName, event: TagEvent, version: ImageVersion) -> str:
    """The version, where it is known, and the image: `1.4.2 (sha256:9f2c1ab04d77)`."""
    if event.image is None:
        return event.pull_spec
    said = version(name, event)
    return f"{inert(said)} ({short_digest(event.image)})" if said else short_digest(event.image)


def guess(source: str) -> SourceType:
    """As `oc tag`: a registry in it means docker, `@` an isimage, `:tag` an istag, anything else docker."""
    repository = source.partition("@")[0]  # what follows may be the prefix of a digest, which is no pull spec
    if "/" in source and Reference.parse(repository).names_host:
        return SourceType.DOCKER
    if "@" in source:
        return SourceType.ISIMAGE
    return SourceType.ISTAG if ":" in source else SourceType.DOCKER


def _check_flags(request: TagRequest, source_type: SourceType) -> None:
    if request.alias and source_type is not SourceType.ISTAG:
        raise InputError("--alias follows an istag; name one as the source.")
    importing = {"--scheduled": request.scheduled, "--insecure": request.insecure}
    used = [flag for flag, value in importing.items() if value]
    if used and source_type is not SourceType.DOCKER:
        raise InputError(f"{' and '.join(used)} is for sources in a registry; {request.source} is an {source_type}.")


def _edit(request: TagRequest, name: IstagName) -> TagEdit:
    return TagEdit(
        stream=name.stream_name,
        tag=name.tag,
        reference=request.reference,
        scheduled=request.scheduled,
        insecure=request.insecure,
        import_mode=request.import_mode,
        reference_policy=request.reference_policy,
    )


def _sourced(edit: TagEdit, source: Source) -> TagEdit:
    """The edit with its source; only what a registry has can be scheduled, so that anything else ends a schedule."""
    scheduled = edit.scheduled if source.kind is SourceKind.DOCKER_IMAGE else False
    return dataclasses.replace(edit, source=source, scheduled=scheduled)


def _source(
    state: Snapshot,
    repository: Repository,
    request: TagRequest,
    source_type: SourceType,
    destination: IstagName,
    unrecorded: Unrecorded,
) -> Source:
    default = state.config.default_namespace
    if source_type is SourceType.DOCKER:
        return Source(SourceKind.DOCKER_IMAGE, str(Reference.parse(request.source)))
    if source_type is SourceType.ISIMAGE:
        image = _whole(state, repository, IsimageName.parse(request.source, default), unrecorded)
        return _named(SourceKind.ISIMAGE, image.stream_name, f"{image.stream}@{image.digest}", destination)
    origin = IstagName.parse(request.source, default)
    if request.alias:
        if origin == destination:
            raise InputError(f"{destination} cannot follow itself.")
        return _named(SourceKind.ISTAG, origin.stream_name, origin.short, destination)
    event = _meant(state, origin)
    if event.image is None:
        return Source(SourceKind.DOCKER_IMAGE, event.pull_spec)
    return _named(SourceKind.ISIMAGE, origin.stream_name, f"{origin.stream}@{event.image}", destination)


def _whole(state: Snapshot, repository: Repository, name: IsimageName, unrecorded: Unrecorded) -> IsimageName:
    """The isimage with its whole digest: a prefix is accepted, never written.

    Raises `InputError` where no tag of the stream ever meant it: OpenShift refuses that too, and no pass resolves it.
    """
    found = resolve(repository, state.commit, str(name), name.namespace, unrecorded)
    return IsimageName.parse(found.name, name.namespace)


def _named(kind: SourceKind, stream: StreamName, name: str, destination: IstagName) -> Source:
    return Source(kind, name, None if stream.namespace == destination.namespace else stream.namespace)


def _meant(state: Snapshot, name: IstagName) -> TagEvent:
    history = state.histories.get(name)
    if history is None or history.top is None:
        why = f"{name} means nothing yet, so nothing can be pinned."
        raise UnknownNameError(str(name), why, "--alias follows it instead.")
    return history.top


def _said(name: IstagName, source: Source, request: TagRequest) -> str:
    """One line a destination, in `oc tag`'s words."""
    what = source.target(name.stream_name)
    if source.kind is SourceKind.ISTAG:
        return f"Tag {name} set up to track {what}."
    if request.scheduled:
        return f"Tag {name} set to import {what} periodically."
    return f"Tag {name} set to {what}."
