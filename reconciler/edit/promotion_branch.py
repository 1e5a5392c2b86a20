"""The branch of a promotion: each istag has one, also where git does not allow its name in a branch.

OpenShift and registries allow `v1.lock`, `a..b` and `end.` as tags; git-check-ref-format(1) does not. Such dots are
written `=2E`. The name of an istag cannot have `=`, so two istags never share a branch. A part that is too long for a
reference, which is a file, is cut and gets a digest of the whole part.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from reconciler.model.name import IstagName

PREFIX: Final = "imagestream/promote/"
_LONGEST: Final = 80  # characters of a part: prefix, namespace (63) and two of them stay below 250
_KEPT: Final = 40
_DIGITS: Final = 32
_DOT: Final = re.compile(r"\.(?=\.|lock$|$)", re.IGNORECASE)
"""A dot before another, at the end, or of a last `.lock` (also in capitals: some file systems know no difference)."""


def promotion_branch(destination: IstagName) -> str:
    """The branch that a promotion is committed on, ready for a pull request."""
    return f"{PREFIX}{destination.namespace}/{_part(destination.stream)}/{_part(destination.tag)}"


def _part(text: str) -> str:
    safe = _DOT.sub("=2E", text)
    if len(safe) <= _LONGEST:
        return safe
    return f"{safe[:_KEPT]}=={hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}"
