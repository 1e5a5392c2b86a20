"""The file of an ImageStream that is not declared yet, such as one from a cluster, as a person would write it.

The file is in block style with two blanks a level, and keeps the given order of keys. Text of several lines becomes a
block scalar where YAML keeps it unchanged. Reading the file gives the same value. Files of people are never rendered:
`documents.edit` changes them in place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from reconciler.documents.render.scalar import quoted, scalar

Value = str | bool | Mapping[str, "Value"] | Sequence[Mapping[str, "Value"]]

_BLOCK = re.compile(r"[^\s#](?:[^\x00-\x09\x0b-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff])*", re.DOTALL)
"""Text that a literal block keeps: without a blank at its start, a tab, or a character that needs an escape."""


def render_stream(stream: Mapping[str, Value]) -> bytes:
    """The file of an ImageStream, without empty mappings and lists."""
    return ("\n".join(_mapping(stream, "")) + "\n").encode()


def _mapping(value: Mapping[str, Value], indent: str) -> Iterator[str]:
    for key, each in value.items():
        head = f"{indent}{scalar(key)}:"
        if isinstance(each, str):
            yield from _text(head, each, indent)
        elif isinstance(each, bool):
            yield f"{head} {str(each).lower()}"
        elif each:
            yield head
            yield from _nested(each, f"{indent}  ")


def _nested(value: Mapping[str, Value] | Sequence[Mapping[str, Value]], indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from _mapping(value, indent)
        return
    for item in value:
        first, *rest = _mapping(item, f"{indent}  ")
        yield f"{indent}- {first.removeprefix(f'{indent}  ')}"
        yield from rest


def _text(head: str, text: str, indent: str) -> Iterator[str]:
    if "\n" not in text or not _is_block(text):
        yield f"{head} {scalar(text)}" if "\n" not in text else f"{head} {quoted(text)}"
        return
    ended = text.endswith("\n")
    yield f"{head} |" if ended else f"{head} |-"
    for line in text.removesuffix("\n").split("\n"):
        yield f"{indent}  {line}".rstrip()


def _is_block(text: str) -> bool:
    lines = text.removesuffix("\n").split("\n")
    return _BLOCK.fullmatch(text) is not None and bool(lines[-1]) and all(line == line.rstrip() for line in lines)
