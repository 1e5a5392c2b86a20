"""Reading plain values that may have any type: each function has a fallback for a value of another type.

Values come schema-checked; what slips through must not raise.
"""

from __future__ import annotations

from collections.abc import Mapping


def mapping(value: object) -> Mapping[str, object]:
    """The mapping, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[object]:
    """The list, or an empty one."""
    return value if isinstance(value, list) else []


def text(value: object, default: str = "") -> str:
    """The text, or the default; empty text counts as none."""
    return value if isinstance(value, str) and value else default


def flag(value: object) -> bool:
    """Whether the value is true itself."""
    return value is True


def count(value: object, default: int) -> int:
    """The whole number, or the default."""
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def texts(value: object, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The texts of the list, or the default if the value is not a list."""
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else default


def text_map(value: object) -> dict[str, str]:
    """The mapping's entries whose value is text."""
    return {key: each for key, each in mapping(value).items() if isinstance(each, str)}
