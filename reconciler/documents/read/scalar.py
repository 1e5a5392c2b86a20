"""Scalars: the value of the text of a YAML scalar by YAML 1.2, as the resolver of ruamel.yaml reads it.

Timestamps stay text, as in OpenShift. Very long integers become floats. No function here raises an error.
"""

from __future__ import annotations

import re

from reconciler.documents.read.node import Value

_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_INT = re.compile(r"[-+]?(?:0b[01_]+|0o?[0-7_]+|[0-9_]+|0x[0-9a-fA-F_]+)", re.ASCII)
_FLOAT = re.compile(
    r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
    r"|[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)"
    r"|\.(?:nan|NaN|NAN)",
    re.ASCII,
)
_NUMBER_START = frozenset("-+0123456789.")
_LONGEST_INT = 64
"""Digits. A longer number is not a count, and Python refuses to read 5,000 digits."""

_YAML_1_1_WORDS = frozenset(
    word for base in ("y", "n", "yes", "no", "on", "off") for word in (base, base.capitalize(), base.upper())
)
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?", re.ASCII)
_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?", re.ASCII)


def resolve(text: str) -> Value:
    """The value of an unquoted scalar."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if text[0] not in _NUMBER_START:
        return text
    if _INT.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        return _float(text)
    return text


def resolve_tagged(text: str, tag: str, *, plain: bool) -> Value:
    """The value of a scalar with an explicit tag (`!!int "8"`); with an unknown tag it stays text."""
    if tag in {"int", "float", "bool", "null"}:
        return resolve(text)
    return resolve(text) if plain and tag == "" else text


def is_ambiguous(text: str) -> bool:
    """Whether readers of YAML 1.1, such as `oc`, take this unquoted text for another type than text."""
    return text in _YAML_1_1_WORDS or _SEXAGESIMAL.fullmatch(text) is not None


def needs_quotes(text: str) -> bool:
    """Whether a reader of YAML 1.1 or 1.2 may take this text without quotes for another type than text."""
    return (
        not isinstance(resolve(text), str)
        or is_ambiguous(text)
        or text in {"=", "<<"}
        or _TIMESTAMP.fullmatch(text) is not None
    )


def _integer(text: str) -> Value:
    digits = text.replace("_", "")
    sign = -1 if digits.startswith("-") else 1
    body = digits.lstrip("+-")
    if not body:
        return text
    if len(body) > _LONGEST_INT:
        return _float(digits)
    base = {"0b": 2, "0o": 8, "0x": 16}.get(body[:2], 10)
    try:
        return sign * int(body if base == 10 else body[2:], base)  # noqa: PLR2004 - the decimal base
    except ValueError:
        return text


def _float(text: str) -> Value:
    body = text.replace("_", "").lower().lstrip("+")
    body = {".inf": "inf", "-.inf": "-inf", ".nan": "nan"}.get(body, body)
    try:
        return float(body)
    except ValueError:
        return text
