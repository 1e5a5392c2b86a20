"""Paths in an Installation: a relative one starts at the folder of the file, and not where the program was started."""

from __future__ import annotations

import os
from typing import Final

PATH_KEYS: Final = frozenset({"caFile", "certFile", "keyFile", "pullSecrets", "secretsDir", "trusted"})
"""The keys whose value, or whose list of values, is a path on this machine (`format: path` in the schema)."""

Paths = tuple[tuple[str, str], ...]


def located(value: object, file: str) -> tuple[object, Paths]:
    """A plain value with absolute paths, and each path with its key, such as `signing.trusted`.

    `file` is the Installation. It is not checked whether a path exists.
    """
    made: list[tuple[str, str]] = []
    folder = os.path.dirname(os.path.abspath(file))  # noqa: PTH100, PTH120 - the reader of the path follows links
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
