"""Differences between two declarations of one stream, as texts for a person.

The fields that decide which image a tag has are compared. Labels, annotations, and tags that only the existing
declaration has are left to the person.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from reconciler.edit.adopt.import_mode import is_imported
from reconciler.model.name import IstagName
from reconciler.model.stream import SpecTag, Stream

_Field = tuple[str, Callable[[SpecTag], object]]

_FIELDS: tuple[_Field, ...] = (
    ("reference", lambda tag: tag.reference),
    ("importPolicy.scheduled", lambda tag: tag.scheduled),
    ("importPolicy.insecure", lambda tag: tag.insecure),
)
_MODE: tuple[_Field, ...] = (("importPolicy.importMode", lambda tag: tag.import_mode),)
"""Compared for tags that are imported from a registry, where the existing declaration names a mode."""


def differences(
    declared: Stream, other: Stream, broken: Collection[IstagName] = (), silent: Collection[str] = ()
) -> Iterator[str]:
    """The differences of the existing declaration `declared` from another one.

    `broken` are its istags with an error, `silent` its tags that take the import mode of the other declaration.
    """
    if (declared.repository or "") != (other.repository or ""):
        yield f"dockerImageRepository is {declared.repository or 'unset'}, not {other.repository or 'unset'}"
    for name, tag in other.tags.items():
        existing = declared.tags.get(name)
        if declared.name.tag(name) in broken:
            yield f"tag {name} has an error"
        elif existing is None:
            yield f"tag {name} is not declared"
        else:
            fields = _FIELDS if name in silent or not is_imported(tag) else (*_FIELDS, *_MODE)
            yield from _in_tag(declared, existing, tag, fields)


def _in_tag(stream: Stream, declared: SpecTag, other: SpecTag, fields: Iterable[_Field]) -> Iterator[str]:
    same = declared.source is other.source or (
        declared.source is not None and declared.source.same(other.source, stream.name)
    )
    if not same:
        yield f"tag {declared.name} names {declared.source or 'no source'}, not {other.source or 'no source'}"
    for field, value in fields:
        if value(declared) != value(other):
            yield f"{field} of tag {declared.name} is {_text(value(declared))}, not {_text(value(other))}"


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
