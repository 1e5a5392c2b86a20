"""The annotations of this project on streams and spec tags; `selection` judges the value of `reconciler/select`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from reconciler.model.excerpt import excerpt
from reconciler.model.plain import mapping
from reconciler.model.stream import FROZEN_ANNOTATION, INTERVAL_ANNOTATION, SELECT_ANNOTATION
from reconciler.rules.subject import StreamSubject, TagSubject
from reconciler.rules.table import Hit

_PREFIX = "reconciler/"
_DURATION = re.compile(r"(?=[0-9])(?=.*[1-9])(?:[0-9]{1,6}h)?(?:[0-9]{1,6}m)?(?:[0-9]{1,9}s)?", re.ASCII)
_KNOWN = (FROZEN_ANNOTATION, INTERVAL_ANNOTATION, SELECT_ANNOTATION)


def tag_annotations(tag: TagSubject) -> Iterator[Hit]:
    """Annotations of this project on a spec tag: unknown ones, and values that mean nothing."""
    for key, text in _ours(tag.plain):
        where = (*tag.path, "annotations", key)
        if key not in _KNOWN:
            advice = f"Known are {', '.join(_KNOWN[:-1])} and {_KNOWN[-1]}."
            yield Hit("unknown-field", where, f"{excerpt(key)} is unknown. {advice}", at_key=True)
        elif key == FROZEN_ANNOTATION and text not in {"true", "false"}:
            yield Hit("annotation-value", where, f'{key} is {excerpt(text)}. Write "true" or "false".')
        elif key == INTERVAL_ANNOTATION and not _DURATION.fullmatch(text):
            advice = "Write hours, minutes and seconds, at least 1s, such as 5m or 1h30m."
            yield Hit("annotation-value", where, f"{key} is {excerpt(text)}. {advice}")


def stream_annotations(subject: StreamSubject) -> Iterator[Hit]:
    """Annotations of this project on the stream as a whole, where they have no effect."""
    for key, _ in _ours(subject.metadata):
        text = f"{excerpt(key)} has no effect on a stream. It belongs to annotations of an entry of spec.tags."
        yield Hit("misplaced-field", ("metadata", "annotations", key), text, at_key=True)


def _ours(plain: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for key, text in mapping(plain.get("annotations")).items():
        if key.startswith(_PREFIX) and isinstance(text, str):
            yield key, text
