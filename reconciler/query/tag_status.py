"""The status of one istag: a row of `status`, for any renderer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.name import IstagName
from reconciler.model.stream import Source
from reconciler.query.workload_status import WorkloadStatus


class TagState(StrEnum):
    """The state of an istag; the `state` of `status -o json`."""

    IN_SYNC = "InSync"
    BEHIND = "Behind"
    """The source gives another image, and nothing makes the next pass follow it."""
    PENDING = "Pending"
    """The next pass changes it."""
    HELD = "Held"
    FROZEN = "Frozen"
    FAILED = "Failed"
    EMPTY = "Empty"


@dataclass(frozen=True, slots=True)
class TagStatus:
    """One row of `status`."""

    tag: IstagName
    source: Source | None
    recorded: str | None
    """The image that the top of the history records; for a reference tag its pull spec."""
    live: str | None
    """The image that the source gives now; None if that is not known."""
    state: TagState
    message: str = ""
    selection: str | None = None
    """The rule that selects among the tags of the source; None without one."""
    version: str | None = None
    """The tag that the selection chose for the recorded image."""
    created: str | None = None
    """When the image was recorded, RFC 3339 UTC; None if there is none."""
    workloads: tuple[WorkloadStatus, ...] = ()
    """The values of files that follow it."""
