"""Names of streams and tags."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.excerpt import bare, excerpt
from reconciler.model.name import MAX_STREAM_LENGTH, NAMESPACE_RE, IstagName, StreamName
from reconciler.model.reference import TAG_RE
from reconciler.rules.placeholder import hint
from reconciler.rules.subject import StreamSubject, TagSubject
from reconciler.rules.table import Hit

_TAG_GRAMMAR = "Use up to 128 of A-Z a-z 0-9 _ . - and none of the last two first."


def stream_name(subject: StreamSubject) -> Iterator[Hit]:
    """A name or namespace of a stream that OpenShift refuses. A missing name is an error of the schema."""
    name = subject.stream.name
    if not name.name:
        return
    if not NAMESPACE_RE.fullmatch(name.namespace):
        text = f"{excerpt(name.namespace)} is not a namespace. Use up to 63 of a-z 0-9 and -, not at either end."
        yield Hit("stream-name", ("metadata", "namespace"), text + hint(name.namespace))
    if len(name.name) > MAX_STREAM_LENGTH:
        yield Hit(
            "stream-name", ("metadata", "name"), f"the name is too long. Use up to {MAX_STREAM_LENGTH} characters."
        )
        return
    namespace = name.namespace if NAMESPACE_RE.fullmatch(name.namespace) else "default"
    problem = StreamName(namespace, name.name).problem()
    if problem:
        yield Hit("stream-name", ("metadata", "name"), problem + hint(name.name))


def tag_name(tag: TagSubject) -> Iterator[Hit]:
    """A tag name outside of the grammar, which oc tag and every registry check and OpenShift's API does not."""
    name, path = tag.name, (*tag.path, "name")
    if name == "":
        yield Hit("tag-name", path, f"the tag has no name. {_TAG_GRAMMAR}")
    elif name is not None and not TAG_RE.fullmatch(name):
        yield Hit("tag-name", path, f"{excerpt(name)} is not a tag name. {_TAG_GRAMMAR}{hint(name)}")


def windows_name(tag: TagSubject) -> Iterator[Hit]:
    """A tag whose history cannot be checked out on Windows."""
    name = tag.name or ""
    problem = windows_problem(tag.stream.name.tag(name)) if TAG_RE.fullmatch(name) else None
    if problem is not None:
        yield Hit("windows-name", (*tag.path, "name"), problem)


def windows_problem(istag: IstagName) -> str | None:
    """The sentence about an istag whose history Windows cannot check out; None where it can."""
    part = istag.device
    if part is None:
        return None
    return f"{istag.history_path} cannot be checked out on Windows, where {part} names a device. Choose another name."


def unquoted(raw: str, value: object) -> str:
    """The sentence about text without quotes that YAML reads as another type, with the quoted form."""
    kinds = {bool: "true or false", int: "a number", float: "a number"}
    kind = kinds.get(type(value), "null")
    shown = bare(raw)
    return f'{shown} without quotes is read as {kind}. Put it in quotes: "{shown}".'


def ambiguous_name(tag: TagSubject) -> Iterator[Hit]:
    """A tag name without quotes that readers of YAML 1.1 take for another type than text."""
    if tag.ambiguous_name is None or not TAG_RE.fullmatch(tag.name or ""):
        return
    shown = tag.ambiguous_name[:80]
    text = f'oc and other YAML 1.1 readers take {shown} for another type than text. Put it in quotes: "{shown}".'
    yield Hit("ambiguous-tag", (*tag.path, "name"), text)
