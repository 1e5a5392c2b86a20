"""Whether a local path leads into a repository, where people who may write the branch could change the file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

_MOST_LINKS: Final = 40  # as in Linux (path_resolution(7))


def leads_into(path: str, folders: Iterable[Path]) -> Path | None:
    """The first folder that an absolute path lies in, or passes through by a link; None if there is none.

    A link in a repository that leads out of it counts, because the branch chooses its target.
    """
    passed = list(_places(path))
    for folder in folders:
        real = os.path.realpath(folder)
        if passed[-1] == real or any(place.startswith(real.rstrip("/") + "/") for place in passed):
            return folder
    return None


def _places(path: str) -> Iterator[str]:
    """Every place that a path passes through, links followed one by one; its final place comes last."""
    current, rest, links = "/", path.split("/")[::-1], 0
    while rest:
        part = rest.pop()
        if part in {"", "."}:
            continue
        current = os.path.dirname(current) if part == ".." else os.path.join(current, part)  # noqa: PTH118, PTH120 - a Path would take `..` apart
        if part != ".." and links < _MOST_LINKS and os.path.islink(current):  # noqa: PTH114 - text all the way
            yield current
            links += 1
            target = os.readlink(current)  # noqa: PTH115 - text all the way
            rest += target.split("/")[::-1]
            current = "/" if target.startswith("/") else os.path.dirname(current)  # noqa: PTH120 - text all the way
    yield current
