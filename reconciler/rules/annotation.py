"""The annotations of a spec tag that are this project's own; what `reconciler/select` says is judged by `selection`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.model.excerpt import excerpt
from reconciler.model.stream import FROZEN_ANNOTATION, INTERVAL_ANNOTATION, SELECT_ANNOTATION
from reconciler.rules.table import Hit, Path

_PREFIX = "reconciler/"
_DURATION = re.compile(r"(?=[0-9])(?=.*[1-9])(?:[0-9]{1,6}h)?(?:[0-9]{1,6}m)?(?:[0-9]{1,9}s)?", re.ASCII)
_KNOWN = (FROZEN_ANNOTATION, INTERVAL_ANNOTATION, SELECT_ANNOTATION)


def tag_annotations(value: object, path: Path) -> Iterator[Hit]:
    """What is wrong with our own annotations of a spec tag; `path` is the tag's."""
    for key, text in _ours(value):
        where = (*path, "annotations", key)
        if key not in _KNOWN:
            advice = f"Known are {', '.join(_KNOWN[:-1])} and {_KNOWN[-1]}."
            yield Hit("unknown-field", where, f"{excerpt(key)} is unknown. {advice}", at_key=True)
        elif key == FROZEN_ANNOTATION and text not in {"true", "false"}:
            yield Hit("annotation-value", where, f'{key} is {excerpt(text)}. Write "true" or "false".')
        elif key == INTERVAL_ANNOTATION and not _DURATION.fullmatch(text):
            advice = "Write hours, minutes and seconds, at least 1s, such as 5m or 1h30m."
            yield Hit("annotation-value", where, f"{key} is {excerpt(text)}. {advice}")


def stream_annotations(metadata: object) -> Iterator[Hit]:
    """Our own annotations on the stream as a whole, where they do nothing."""
    for key, _ in _ours(metadata):
        text = f"{excerpt(key)} has no effect on a stream. It belongs to annotations of an entry of spec.tags."
        yield Hit("misplaced-field", ("metadata", "annotations", key), text, at_key=True)


def _ours(value: object) -> Iterator[tuple[str, str]]:
    annotations = value.get("annotations") if isinstance(value, dict) else None
    for key, text in annotations.items() if isinstance(annotations, dict) else ():
        if key.startswith(_PREFIX) and isinstance(text, str):
            yield key, text
