"""The parts of a value that a reader could change, at any depth."""

from __future__ import annotations

import dataclasses
from enum import Enum
from types import MappingProxyType

PLAIN = (str, bytes, int, float, type(None), Enum)


def changeable_parts(value: object, path: str = "") -> list[str]:
    """The paths of all parts of a value, except frozen dataclasses, frozen mappings, tuples and plain values."""
    if isinstance(value, PLAIN):
        return []
    if isinstance(value, tuple | frozenset):
        return [each for item in value for each in changeable_parts(item, f"{path}[]")]
    if isinstance(value, MappingProxyType):
        return [each for pair in value.items() for item in pair for each in changeable_parts(item, f"{path}{{}}")]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        params = type(value).__dataclass_params__  # type: ignore[attr-defined]  # not declared, but documented
        fields = dataclasses.fields(value)
        found = [
            each for field in fields for each in changeable_parts(getattr(value, field.name), f"{path}.{field.name}")
        ]
        return found if params.frozen and not hasattr(value, "__dict__") else [path, *found]
    return [f"{path}: {type(value).__name__}"]
