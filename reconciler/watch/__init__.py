"""File events, the only importer of watchdog: told at once of a change, or found out by looking where nobody tells."""

from reconciler.watch.watch import Watch

__all__ = ["Watch"]
