"""Frozen mappings: how a value that several threads read holds a mapping that cannot be changed.

Frozen dataclasses keep their fields; a `dict` in such a field could still be changed. Values that are published freeze
their mappings here when they are made. This is the only module that makes mapping proxies, so a proxy never shows a
`dict` that another place still changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType  # noqa: TID251 - the one place
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


def frozen(mapping: Mapping[K, V]) -> Mapping[K, V]:
    """A read-only copy of the mapping, in its order; a mapping that is frozen already is returned itself."""
    if isinstance(mapping, MappingProxyType):
        return mapping
    return MappingProxyType(dict(mapping))


def freeze(value: object, *fields: str) -> None:
    """Freeze some mappings of a frozen dataclass; for its `__post_init__`."""
    for name in fields:
        object.__setattr__(value, name, frozen(getattr(value, name)))
