"""A mount: whether a folder is on a network file system, whose changes the kernel of this machine may not see."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

_MOUNTS: Final = Path("/proc/self/mountinfo")  # proc(5)
_NETWORK: Final = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "fuse", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2"}
    | {"smb3", "smbfs", "virtiofs"}
)
_ESCAPE: Final = re.compile(r"\\([0-7]{3})")


def network_type(folder: Path, mounts: Path = _MOUNTS) -> str | None:
    """The type of the network file system of a folder; None for a local one, or if the machine does not tell."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    real, best, found = os.path.realpath(folder), -1, ""
    for line in lines:
        before, _, after = line.partition(" - ")
        fields, kind = before.split(" "), after.partition(" ")[0]
        point = _ESCAPE.sub(lambda match: chr(int(match[1], 8)), fields[4]) if len(fields) > 4 else ""  # noqa: PLR2004 - the fifth field
        # A later mount on the same point hides an earlier one.
        if point and Path(real).is_relative_to(point) and len(point) >= best:
            best, found = len(point), kind
    return found if found.partition(".")[0] in _NETWORK else None
