"""The publication of snapshots: one thread publishes the newest one, and any thread reads it without a lock."""

from __future__ import annotations

from reconciler.reading.snapshot import Snapshot


class PublishedSnapshot:
    """The newest snapshot of one branch.

    A snapshot cannot be changed, and `publish` is one assignment, which Python does as a whole. A reader therefore sees
    either the old commit or the new one, never a mixture. It takes `current` once for each answer that it gives.
    """

    __slots__ = ("_current",)

    def __init__(self) -> None:
        self._current: Snapshot | None = None

    @property
    def current(self) -> Snapshot | None:
        """The snapshot that was published last; None before the first."""
        return self._current

    def publish(self, snapshot: Snapshot) -> None:
        """Make a snapshot the current one."""
        self._current = snapshot
