"""Changes of files: the kernel reports them at once, or a check finds them. The only importer of watchdog."""

from reconciler.watch.watch import Watch

__all__ = ["Watch"]
