"""The adoption of a live repository: its tags become the spec tags of a new stream; the next pass imports the images.

The tags are the first fifty in the order in which OpenShift imports a repository (`planning.tag_order`). The commit is
the person's own: there is no history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from reconciler.documents.object_kind import STREAM_API, Kind
from reconciler.documents.render.stream import Value, render_stream
from reconciler.edit.adopt.export import Export, ExportedStream
from reconciler.errors import RemoteError, UnavailableError, UsageError
from reconciler.model.config import Config, Installation
from reconciler.model.finding import Position
from reconciler.model.name import StreamName
from reconciler.model.observation import Failure, ListAnswer, Listing, Reason
from reconciler.model.phrase import plural, some
from reconciler.model.reference import Reference
from reconciler.model.stream import ImportMode, SourceKind
from reconciler.planning.tag_order import IMPORT_LIMIT, prioritised
from reconciler.reading.declare import declare

_SHOWN = 10
"""The number of left-out tags that a message names."""
_BEYOND = f"beyond the first {IMPORT_LIMIT}, OpenShift's limit"


class Lister(Protocol):
    """Lists the tags of a repository, as the registry client does."""

    def list_tags(self, listing: Listing) -> ListAnswer:
        """All tags, or the failure; raises for no answer of a registry."""


@dataclass(frozen=True, slots=True)
class RepositoryRequest:
    """The repository, and the stream that it becomes."""

    reference: Reference
    stream: StreamName
    scheduled: bool = False
    insecure: bool = False
    import_mode: ImportMode | None = None


@dataclass(frozen=True, slots=True)
class ExportWithNotes:
    """An export, and notes for the person about tags that are not in it."""

    export: Export
    notes: tuple[str, ...] = ()


def parse_request(text: str, namespace: str, name: str | None, *, scheduled: bool, insecure: bool) -> RepositoryRequest:
    """Parse a repository. Its stream gets the given name, else the last part of the repository.

    Raises `UsageError` for a tag or digest, and for a name that a stream cannot have.
    """
    reference = Reference.parse(text)
    if reference.tag or reference.digest:
        raise UsageError(f"{text} names one image. Write the repository: {reference.spelling}")
    stream = StreamName(namespace, name or reference.repository.rpartition("/")[2])
    problem = stream.problem()
    if problem is not None:
        raise UsageError(f"stream {stream}: {problem} Give it another with --name or --namespace.")
    return RepositoryRequest(reference, stream, scheduled, insecure)


def read_repository(request: RepositoryRequest, lister: Lister, installation: Installation) -> ExportWithNotes:
    """List the repository and make the stream. Raises `RemoteError` for a failed or empty list."""
    reference = request.reference
    lent = installation.rule_for(reference.host, reference.repository).lends_to(request.stream.namespace)
    listing = Listing(reference.host, reference.repository, insecure=request.insecure, anonymous=not lent)
    answer = lister.list_tags(listing)
    if isinstance(answer, Failure):
        error = UnavailableError if answer.reason is Reason.UNREACHABLE else RemoteError
        raise error(answer.message, host=reference.host)
    tags, clashing = _distinct(prioritised(answer.tags))
    if not tags:
        raise RemoteError(f"repository {reference.spelling} has no tags.", host=reference.host)
    beyond = tags[IMPORT_LIMIT:]
    notes = [_note(request, clashing, ("differs only in case from another", "differ only in case from others"))]
    notes.append(_note(request, beyond, (f"is {_BEYOND}", f"are {_BEYOND}")))
    return ExportWithNotes(Export((_exported(request, tags[:IMPORT_LIMIT]),)), tuple(filter(None, notes)))


def _distinct(tags: list[str]) -> tuple[list[str], list[str]]:
    """The tags that one stream can have together, and the tags that differ from one of these only in case."""
    chosen: dict[str, str] = {}
    for tag in tags:
        chosen.setdefault(tag.lower(), tag)
    kept = set(chosen.values())
    return [tag for tag in tags if tag in kept], [tag for tag in tags if tag not in kept]


def _note(request: RepositoryRequest, tags: list[str], why: tuple[str, str]) -> str:
    """The note about tags that are left out; empty where none are. `why` is for one tag, and for several."""
    if not tags:
        return ""
    count = f"{plural(len(tags), 'tag')} of {request.reference.spelling} {why[len(tags) > 1]}"
    return f"{count}: {some(tags, _SHOWN)}. Declare what you need by hand."


def _exported(request: RepositoryRequest, tags: list[str]) -> ExportedStream:
    file = f"{request.reference.spelling}.yaml"
    spec = render_stream(
        {
            "apiVersion": STREAM_API,
            "kind": Kind.STREAM.value,
            "metadata": {"name": request.stream.name, "namespace": request.stream.namespace},
            "spec": {"tags": [_tag(request, tag) for tag in tags]},
        }
    )
    stream = declare({file: spec}, Config()).streams[request.stream]
    return ExportedStream(stream, spec, {}, Position(request.reference.spelling))


def _tag(request: RepositoryRequest, tag: str) -> dict[str, Value]:
    policy: dict[str, Value] = {"importMode": request.import_mode.value} if request.import_mode else {}
    if request.insecure:
        policy["insecure"] = True
    if request.scheduled:
        policy["scheduled"] = True
    source = {"kind": SourceKind.DOCKER_IMAGE.value, "name": f"{request.reference.spelling}:{tag}"}
    return {"name": tag, "from": source, "importPolicy": policy}
