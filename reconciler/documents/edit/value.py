"""Plain values: equality, the union that an edit passes through, and the value at a path."""

from __future__ import annotations

from reconciler.documents.read.node import Path
from reconciler.model.plain import mapping


def same(one: object, other: object) -> bool:
    """Whether two plain values are equal. Types count (1, 1.0 and true differ), the order of keys does not."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(*pair) for pair in zip(one, other, strict=True))
    # The text of a float is the same for every NaN.
    return type(one) is type(other) and repr(one) == repr(other)


def union(current: object, wanted: object) -> object:
    """The wanted value, and everything that only the current one has."""
    if isinstance(current, dict) and isinstance(wanted, dict):
        both = {key: union(value, wanted[key]) if key in wanted else value for key, value in current.items()}
        return both | {key: value for key, value in wanted.items() if key not in current}
    if isinstance(current, list) and isinstance(wanted, list):
        if len(wanted) < len(current):
            return current
        return [union(*pair) for pair in zip(current, wanted, strict=False)] + wanted[len(current) :]
    return wanted


def value_at(value: object, path: Path) -> object:
    """The value at a path; None where nothing is there."""
    for step in path:
        value = value[step] if isinstance(value, list) and isinstance(step, int) else mapping(value).get(str(step))
    return value


def with_value_at(value: object, path: Path, new: object) -> object:
    """The value with another one at a path. Missing mappings on the way are made; missing list items are not."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(value, list):
        return [with_value_at(each, rest, new) if index == step else each for index, each in enumerate(value)]
    plain = mapping(value)
    return {**plain, str(step): with_value_at(plain.get(str(step)), rest, new)}
