"""The files of TagHistory and TagHold: the same content always gives the same bytes (design 3.1).

Keys have a fixed order, in block style without line wrapping; lists have the indentation of their parent. Text is in
quotes only where a reader of YAML 1.1 or 1.2 may take it for another type.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.documents.render.scalar import quoted, scalar
from reconciler.model.history import HeldImage, TagEvent, TagHistory, TagHold
from reconciler.model.name import IstagName
from reconciler.model.stream import ImportMode, Source
from reconciler.settings import API_VERSION

HEADER = "# written by imagestream; git revert rolls back   +argocd:skip-file-rendering"


def render_history(history: TagHistory) -> bytes:
    """The file of a TagHistory."""
    lines = [*_head("TagHistory", history.name), "items:"]
    for event in history.items:
        lines.extend(_item(_event(event)))
    return _file(lines)


def render_hold(hold: TagHold) -> bytes:
    """The file of a TagHold."""
    lines = [*_head("TagHold", hold.name), "held:"]
    for held in hold.held:
        lines.extend(_item(_held(held)))
    return _file(lines)


def _head(kind: str, name: IstagName) -> Iterator[str]:
    yield HEADER
    yield f"apiVersion: {API_VERSION}"
    yield f"kind: {kind}"
    yield "metadata:"
    yield f"  namespace: {scalar(name.namespace)}"
    yield f"  name: {scalar(name.short)}"


def _event(event: TagEvent) -> Iterator[str]:
    if event.image is not None:
        yield f"image: {scalar(event.image)}"
    yield f"dockerImageReference: {scalar(event.pull_spec)}"
    yield f"created: {quoted(event.created)}"
    yield f"generation: {event.generation}"
    yield from _source(event.source)
    if event.import_mode is not ImportMode.PRESERVE_ORIGINAL:
        yield f"importMode: {event.import_mode}"
    yield f"cause: {event.cause}"


def _held(held: HeldImage) -> Iterator[str]:
    if held.image is not None:
        yield f"image: {scalar(held.image)}"
    else:
        yield f"dockerImageReference: {scalar(held.pull_spec or '')}"
    yield f"commit: {scalar(held.commit)}"
    yield from _source(held.source)
    if held.import_mode is not ImportMode.PRESERVE_ORIGINAL:
        yield f"importMode: {held.import_mode}"
    if held.other_kind:
        yield f"reference: {str(held.reference).lower()}"


def _source(source: Source | None) -> Iterator[str]:
    if source is None:
        return
    yield "from:"
    yield f"  kind: {source.kind}"
    yield f"  name: {scalar(source.name)}"
    if source.namespace is not None:
        yield f"  namespace: {scalar(source.namespace)}"


def _item(lines: Iterator[str]) -> Iterator[str]:
    """The lines of a mapping as one item of a list."""
    for index, line in enumerate(lines):
        yield f"{'  ' if index else '- '}{line}"


def _file(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()
