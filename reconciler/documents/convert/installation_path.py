"""Paths that an Installation names: each is looked up beside the file that names it, not where the program starts."""

from __future__ import annotations

import os
from typing import Final

PATH_KEYS: Final = frozenset({"caFile", "certFile", "keyFile", "pullSecrets", "secretsDir", "trusted"})
"""Every key whose value, or whose list of values, is a path of this machine; the schema says `format: path` there."""

Paths = tuple[tuple[str, str], ...]


def located(value: object, file: str) -> tuple[object, Paths]:
    """A plain value with its paths made absolute, and those paths, each with the key that names it: `signing.trusted`.

    `file` is the one that names them. Only text is looked at; whether there is anything is for the reader to find out.
    """
    made: list[tuple[str, str]] = []
    folder = os.path.dirname(os.path.abspath(file))  # noqa: PTH100, PTH120 - links are left to be followed by who reads
    return _walk(value, folder, "", made), tuple(made)


def _walk(value: object, folder: str, key: str, made: list[tuple[str, str]]) -> object:
    if isinstance(value, dict):
        return {name: _walk(each, folder, f"{key}.{name}" if key else str(name), made) for name, each in value.items()}
    if isinstance(value, list):
        return [_walk(each, folder, key, made) for each in value]
    if isinstance(value, str) and value and key.rpartition(".")[2] in PATH_KEYS:
        path = os.path.join(folder, value)  # noqa: PTH118 - a Path would take `..` and links apart
        made.append((key, path))
        return path
    return value
