"""The path filter: which files of a repository may declare streams, and which the targets of the Config name.

A glob is compared with the whole path from the repository's root; upper and lower case differ:

    | written | matches                                              |
    | ------- | ---------------------------------------------------- |
    | `**`    | as a whole part of the path: any number of folders   |
    | `*`     | anything inside one part, never a `/`                |
    | `?`     | one character inside a part                          |
    | `[a-c]` | one of these characters, `[!a-c]` one other          |
    | `x/`    | everything below the folder x, as `x/**`             |
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

from reconciler.model.config import Config, Target
from reconciler.settings import CONFIG_FILE, HISTORY_DIR, HOLDS_DIR

SUFFIXES = (".yaml", ".yml", ".json")
_WILDCARD = re.compile(r"[*?\[]")
_OURS = (f"{HISTORY_DIR}/", f"{HOLDS_DIR}/")


def may_declare(path: str, config: Config) -> bool:
    """Whether the file is read: a YAML or JSON file that the Config includes, outside of `history/` and `holds/`."""
    if not path.endswith(SUFFIXES) or path.startswith(_OURS):
        return False
    included = any(matches(pattern, path) for pattern in config.include)
    return included and not any(matches(pattern, path) for pattern in config.exclude)


def is_target(path: str, target: Target) -> bool:
    """Whether a target names the file. No target names what the reconciler reads or writes itself."""
    return matches(target.path, path) and path != CONFIG_FILE and not path.startswith(_OURS)


def is_read(path: str, config: Config) -> bool:
    """Whether the file is read: it may declare streams, or a target names it, whatever `streams` includes."""
    return may_declare(path, config) or any(is_target(path, target) for target in config.targets)


def matches(pattern: str, path: str) -> bool:
    """Whether a glob matches a path of the repository."""
    return pattern == "**" or (path.startswith(_literal(pattern)) and _fits(_parts(pattern), path.split("/")))


@lru_cache(maxsize=1024)
def _literal(pattern: str) -> str:
    """What every matching path begins with: the pattern before its first wildcard."""
    return _WILDCARD.split(pattern.removeprefix("./").removeprefix("/"), maxsplit=1)[0]


@lru_cache(maxsize=1024)
def _parts(pattern: str) -> tuple[str, ...]:
    cleaned = pattern.removeprefix("./").removeprefix("/")
    if cleaned.endswith("/"):
        cleaned += "**"
    return tuple(cleaned.split("/"))


def _fits(parts: Sequence[str], names: Sequence[str]) -> bool:
    """Compare part by part, with all readings of `**` at once: the work is at most the product of both lengths."""
    reachable = {0}
    for number, part in enumerate(parts):
        if part == "**":
            last = number == len(parts) - 1
            start = min(reachable, default=len(names) + 1)
            # A `**` at the end means the files below a folder, so at least one name.
            reachable = set(range(start + 1 if last else start, len(names) + 1))
        else:
            reachable = {at + 1 for at in reachable if at < len(names) and fnmatchcase(names[at], part)}
    return len(names) in reachable
