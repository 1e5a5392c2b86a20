"""The sources of spec tags: pull specs, followed tags, pinned images, and policies that do not fit them."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.errors import InputError
from reconciler.model.excerpt import excerpt
from reconciler.model.name import StreamName
from reconciler.model.reference import Reference
from reconciler.model.stream import Source, SourceKind
from reconciler.rules.placeholder import hint
from reconciler.rules.subject import StreamSubject, TagSubject
from reconciler.rules.table import Hit, Path

_LONGEST = 1000
"""Characters of the name of a source; host, repository, tag and digest together are shorter."""


def source(tag: TagSubject) -> Iterator[Hit]:
    """A `from` of a spec tag that cannot work, and policies that do not fit it.

    A `dockerImageRepository` of the stream is the source of a tag that has no `from`.
    """
    plain, path, stream, imports = tag.plain, tag.path, tag.stream.name, tag.stream.repository is not None
    named = plain.get("from")
    policy = plain.get("importPolicy")
    scheduled = isinstance(policy, dict) and policy.get("scheduled") is True
    where = (*path, "importPolicy", "scheduled")
    if not isinstance(named, dict):
        if named is None and scheduled and not imports:
            yield Hit("ignored-field", where, "scheduled has no effect on a tag without from. Name a DockerImage.")
        return
    kind, name = named.get("kind"), named.get("name")
    if not isinstance(kind, str) or kind not in set(SourceKind):
        return
    if isinstance(name, str) and name:
        yield from _name(Source(SourceKind(kind), name, _namespace(named)), stream, (*path, "from", "name"))
    yield from _namespace_use(kind, named, (*path, "from", "namespace"))
    if scheduled and kind != SourceKind.DOCKER_IMAGE:
        why = "a followed tag moves by itself" if kind == SourceKind.ISTAG else "a pinned image never moves"
        text = f"{kind} cannot be scheduled; {why}. Take scheduled out."
        yield Hit("scheduled-source", where, text)


def repository(subject: StreamSubject) -> Iterator[Hit]:
    """A `spec.dockerImageRepository` that is malformed, or has a tag or digest (OpenShift's validation)."""
    text, path = subject.spec.get("dockerImageRepository"), ("spec", "dockerImageRepository")
    if not isinstance(text, str) or not text:
        return
    problem = _pull_spec_problem(text)
    reference = None if problem else Reference.parse(text)
    if problem:
        yield Hit("repository", path, problem + hint(text))
    elif reference and (reference.tag or reference.digest):
        advice = f"Write {reference.spelling}."
        yield Hit("repository", path, f"dockerImageRepository {excerpt(text)} has a tag or digest. {advice}")


def _name(source: Source, stream: StreamName, path: Path) -> Iterator[Hit]:
    if source.kind is SourceKind.DOCKER_IMAGE:
        problem = _pull_spec_problem(source.name)
        if problem:
            yield Hit("pull-spec", path, problem + hint(source.name))
        return
    problem = _istag_problem(source, stream) if source.kind is SourceKind.ISTAG else _isimage_problem(source, stream)
    if problem:
        yield Hit("source-name", path, problem + hint(source.name))


def _pull_spec_problem(text: str) -> str | None:
    if len(text) > _LONGEST:
        return f"the pull spec is too long. Use up to {_LONGEST} characters."
    try:
        Reference.parse(text)
    except InputError as error:
        return str(error)
    return None


def _istag_problem(source: Source, stream: StreamName) -> str | None:
    shown = excerpt(source.name)
    if "@" in source.name:
        return f"{shown} is not an istag. Write kind: ImageStreamImage to pin an image."
    if source.name.count(":") > 1:
        return f"{shown} has more than one colon. Write TAG or STREAM:TAG."
    if len(source.name) > _LONGEST or "/" in source.name:
        advice = "Put the namespace into from.namespace, or write kind: DockerImage for a pull spec."
        return f"{shown} is not an istag of the form TAG or STREAM:TAG. {advice}"
    try:
        source.istag(stream)
    except InputError as error:
        return str(error)
    return None


def _isimage_problem(source: Source, stream: StreamName) -> str | None:
    shown = excerpt(source.name)
    if source.name.count("@") > 1:
        return f"{shown} has more than one @. Write STREAM@DIGEST."
    if len(source.name) > _LONGEST or "/" in source.name:
        return f"{shown} is not an isimage of the form STREAM@DIGEST. Put the namespace into from.namespace."
    try:
        source.isimage(stream)
    except InputError as error:
        return str(error)
    return None


def _namespace(named: dict[str, object]) -> str | None:
    namespace = named.get("namespace")
    return namespace if isinstance(namespace, str) and namespace else None


def _namespace_use(kind: str, named: dict[str, object], path: Path) -> Iterator[Hit]:
    if kind == SourceKind.DOCKER_IMAGE and _namespace(named):
        yield Hit("ignored-field", path, "from.namespace has no effect on a DockerImage. Take it out.", at_key=True)
