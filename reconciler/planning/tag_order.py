"""The order in which OpenShift imports the tags of a whole repository; it imports the first fifty.

| rank | tags                                     | among them                                    |
| ---- | ---------------------------------------- | --------------------------------------------- |
| 1    | `latest`                                 |                                               |
| 2    | minor versions: `1.2`, `v1.2`, `1.2-rc1` | the greatest first; `-rc1` before its release |
| 3    | whole versions: `1.2.3`, `v1.2.3-alpine` | the greatest first, as for minor versions     |
| 4    | everything else, bare majors too         | by their bytes                                |

"Before" as in Semantic Versioning: a suffix makes a version smaller. Equal versions are in the order of their bytes.
Source: library-go's `PrioritizeTags`, and the import controller's limit for a repository.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from reconciler.model.reference import DEFAULT_TAG
from reconciler.model.version import Key, Version

IMPORT_LIMIT: Final = 50
"""Tags that OpenShift imports from one repository (`maxImagesBulkImportedPerRepository`)."""

_MINOR = re.compile(r"(\d+\.\d+)(?:-([0-9A-Za-z]+))?", re.ASCII)
_NOWHERE: Final[Key] = Version(0, 0, 0).key


def prioritised(tags: Iterable[str]) -> list[str]:
    """The tags in OpenShift's order, each once."""
    by_bytes = sorted(set(tags), key=str.encode)
    by_version = sorted(by_bytes, key=_version, reverse=True)  # equal versions stay as they are
    return sorted(by_version, key=_rank)


def _rank(tag: str) -> int:
    if tag == DEFAULT_TAG:
        return 1
    if _minor(tag) is not None:
        return 2
    return 3 if _whole(tag) is not None else 4


def _version(tag: str) -> Key:
    version = _minor(tag) or _whole(tag)
    return version.key if version is not None else _NOWHERE


def _whole(tag: str) -> Version | None:
    """The version that a tag names. A `_` does not begin build metadata for OpenShift."""
    return None if "_" in tag else Version.parse(tag.lstrip("v"))


def _minor(tag: str) -> Version | None:
    """The version that a tag with two numbers abbreviates."""
    match = _MINOR.fullmatch(tag.lstrip("v"))
    if match is None:
        return None
    return Version.parse(f"{match[1]}.0-{match[2]}" if match[2] else f"{match[1]}.0")
