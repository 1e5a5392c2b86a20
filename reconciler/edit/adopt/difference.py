"""Where two declarations of one stream mean something else, for a person.

Compared is what decides which image a tag means; labels, annotations and tags that only the standing one has are a
person's own business.
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
"""Compared where a registry is asked for the image, and where the standing declaration names one."""


def differences(
    there: Stream, other: Stream, broken: Collection[IstagName] = (), silent: Collection[str] = ()
) -> Iterator[str]:
    """What the standing declaration says otherwise than another one.

    `broken` are istags that it declares wrongly, `silent` its tags whose import mode is to be that of the other.
    """
    if (there.repository or "") != (other.repository or ""):
        yield f"dockerImageRepository is {there.repository or 'unset'}, not {other.repository or 'unset'}"
    for name, tag in other.tags.items():
        standing = there.tags.get(name)
        if there.name.tag(name) in broken:
            yield f"tag {name} has an error"
        elif standing is None:
            yield f"tag {name} is not declared"
        else:
            fields = _FIELDS if name in silent or not is_imported(tag) else (*_FIELDS, *_MODE)
            yield from _in_tag(there, standing, tag, fields)


def _in_tag(stream: Stream, there: SpecTag, other: SpecTag, fields: Iterable[_Field]) -> Iterator[str]:
    same = there.source is other.source or (there.source is not None and there.source.same(other.source, stream.name))
    if not same:
        yield f"tag {there.name} names {there.source or 'no source'}, not {other.source or 'no source'}"
    for field, value in fields:
        if value(there) != value(other):
            yield f"{field} of tag {there.name} is {_said(value(there))}, not {_said(value(other))}"


def _said(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
