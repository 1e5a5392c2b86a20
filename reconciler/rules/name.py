"""Names of streams and tags."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.excerpt import bare, excerpt
from reconciler.model.name import MAX_STREAM_LENGTH, NAMESPACE_RE, IstagName, StreamName
from reconciler.model.reference import TAG_RE
from reconciler.rules.placeholder import hint
from reconciler.rules.table import Hit, Path

_TAG_GRAMMAR = "Use up to 128 of A-Z a-z 0-9 _ . - and none of the last two first."


def stream_name(name: StreamName) -> Iterator[Hit]:
    """What OpenShift would refuse about a stream's name or namespace, each at its own field."""
    if not NAMESPACE_RE.fullmatch(name.namespace):
        text = f"{excerpt(name.namespace)} is no namespace. Use up to 63 of a-z 0-9 and -, not at either end."
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


def tag_name(name: str, path: Path) -> Iterator[Hit]:
    """A tag name that is none (oc tag and every registry check it; OpenShift's API does not)."""
    if not name:
        yield Hit("tag-name", path, f"the tag has no name. {_TAG_GRAMMAR}")
    elif not TAG_RE.fullmatch(name):
        yield Hit("tag-name", path, f"{excerpt(name)} is no tag name. {_TAG_GRAMMAR}{hint(name)}")


def windows(istag: IstagName) -> str | None:
    """The sentence about an istag whose history Windows cannot check out; None where it can."""
    part = istag.device
    if part is None:
        return None
    return f"{istag.history_path} cannot be checked out on Windows, where {part} names a device. Choose another name."


def unquoted(raw: str, value: object) -> str:
    """The sentence about text without quotes that YAML reads as something else, with the quoted form."""
    kinds = {bool: "true or false", int: "a number", float: "a number"}
    kind = kinds.get(type(value), "null")
    shown = bare(raw)
    return f'{shown} without quotes is read as {kind}. Put it in quotes: "{shown}".'


def ambiguous(raw: str, path: Path) -> Hit:
    """The warning about a tag name that YAML 1.1 reads as something else."""
    text = (
        f'oc and other YAML 1.1 readers take {raw[:80]} for something else than text. Put it in quotes: "{raw[:80]}".'
    )
    return Hit("ambiguous-tag", path, text)
