"""TagRequest: `tag` as `oc tag` does it, and `promote`, which pins a tag to what another means now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from reconciler.documents.edit.target.spec_tag import TagEdit
from reconciler.edit.spec_edit import SpecEdit
from reconciler.edit.spec_file import Files, apply_removal
from reconciler.edit.tag_source import current_event, point, with_source
from reconciler.errors import InputError
from reconciler.gitstore import Repository
from reconciler.model.history import Cause
from reconciler.model.name import IsimageName, IstagName, StreamName
from reconciler.model.reference import Reference
from reconciler.model.stream import ImportMode, Source, SourceKind
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
    """The arguments and flags of `tag`; None where a flag was not given."""

    source: str
    destinations: tuple[str, ...]
    source_type: SourceType | None = None
    alias: bool = False
    """Follow the source istag instead of pinning its current image."""
    reference: bool | None = None
    scheduled: bool | None = None
    insecure: bool | None = None
    import_mode: ImportMode | None = None
    reference_policy: str | None = None


def tag(
    snapshot: Snapshot, repository: Repository, request: TagRequest, unrecorded: Unrecorded = lambda _: ()
) -> SpecEdit:
    """Point spec tags at a source; `unrecorded` finds an isimage that no history has.

    Raises `InputError` for flags that exclude each other, as `oc tag` does.
    """
    names = [IstagName.parse(text, snapshot.config.default_namespace) for text in request.destinations]
    source_type = request.source_type or guess(request.source)
    _check_flags(request, source_type)
    files: Files = {}
    lines: list[str] = []
    for name in names:
        source = _source(snapshot, repository, request, source_type, name, unrecorded)
        files, note = point(repository, snapshot, with_source(_edit(request, name), source), files)
        lines.append(_line(name, source, request) + note)
    subject = f"Tag {', '.join(map(str, names))} from {request.source}"
    return SpecEdit(files, f"{subject}\n\n{chr(10).join(lines)}\n", tuple(lines))


def untag(snapshot: Snapshot, repository: Repository, destinations: Sequence[str]) -> SpecEdit:
    """Take spec tags out; the next pass removes their histories.

    An istag without a spec tag, because it was pushed or imported with a whole repository, is removed here: later
    passes take the missing files for the removal.
    """
    names = [IstagName.parse(text, snapshot.config.default_namespace) for text in destinations]
    files: Files = {}
    for name in names:
        there = snapshot.histories.get(name)
        undeclared = snapshot.declarations.tag(name) is None
        if not undeclared or there is None or name in {*snapshot.declarations.broken, *snapshot.protected}:
            files = apply_removal(repository, snapshot, name, files)
        if there is not None and (undeclared or (there.top is not None and there.top.cause is Cause.PUSHED)):
            files |= {path: None for path in (name.history_path, name.hold_path) if path in snapshot.files.entries}
    lines = tuple(f"Deleted tag {name}." for name in names)
    return SpecEdit(files, f"Delete tag {', '.join(map(str, names))}\n\n{chr(10).join(lines)}\n", lines)


def guess(source: str) -> SourceType:
    """The type of a source, guessed as `oc tag` does: a registry means docker, `@` an isimage, `:` an istag."""
    repository = source.partition("@")[0]  # the rest may be the prefix of a digest, which is not a pull spec
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


def _source(
    snapshot: Snapshot,
    repository: Repository,
    request: TagRequest,
    source_type: SourceType,
    destination: IstagName,
    unrecorded: Unrecorded,
) -> Source:
    default = snapshot.config.default_namespace
    if source_type is SourceType.DOCKER:
        return Source(SourceKind.DOCKER_IMAGE, str(Reference.parse(request.source)))
    if source_type is SourceType.ISIMAGE:
        image = _with_whole_digest(snapshot, repository, IsimageName.parse(request.source, default), unrecorded)
        return _source_in(SourceKind.ISIMAGE, image.stream_name, f"{image.stream}@{image.digest}", destination)
    origin = IstagName.parse(request.source, default)
    if request.alias:
        if origin == destination:
            raise InputError(f"{destination} cannot follow itself.")
        return _source_in(SourceKind.ISTAG, origin.stream_name, origin.short, destination)
    event = current_event(snapshot, origin)
    if event.image is None:
        return Source(SourceKind.DOCKER_IMAGE, event.pull_spec)
    return _source_in(SourceKind.ISIMAGE, origin.stream_name, f"{origin.stream}@{event.image}", destination)


def _with_whole_digest(
    snapshot: Snapshot, repository: Repository, name: IsimageName, unrecorded: Unrecorded
) -> IsimageName:
    """The isimage with its whole digest: a prefix is accepted, and not written.

    Raises `InputError` for an image that no tag of the stream ever had, as OpenShift does: a pass cannot resolve it.
    """
    found = resolve(repository, snapshot.commit, str(name), name.namespace, unrecorded)
    return IsimageName.parse(found.name, name.namespace)


def _source_in(kind: SourceKind, stream: StreamName, name: str, destination: IstagName) -> Source:
    return Source(kind, name, None if stream.namespace == destination.namespace else stream.namespace)


def _line(name: IstagName, source: Source, request: TagRequest) -> str:
    """One line for each destination, in the words of `oc tag`."""
    what = source.target(name.stream_name)
    if source.kind is SourceKind.ISTAG:
        return f"Tag {name} set up to track {what}."
    if request.scheduled:
        return f"Tag {name} set to import {what} periodically."
    return f"Tag {name} set to {what}."
