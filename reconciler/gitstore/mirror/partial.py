"""Partial mirrors: every commit and tree, but of the blobs only those that somebody asked for (git's partial clones).

The remote filters where it can (`uploadpack.allowFilter`); another one sends everything, and nothing is missing. What
is missing is fetched for a whole question at once, within the time limit of any talk with the remote. Git's own way,
one request a blob whenever some command meets one, is not open: only fetch and gc are told that there is a remote which
has more. For the same reason plain git calls such a mirror incomplete; nothing but this package reads it.

A remote that filters but does not hand out single blobs (protocol v0) is asked for everything, once and for all.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from reconciler.gitstore.command import GitResult, Runner

REMOTE: Final = "origin"
PROMISED: Final = ("-c", f"remote.{REMOTE}.promisor=true", "-c", f"remote.{REMOTE}.partialclonefilter=blob:none")
"""For commands that may find blobs missing. `git fetch` filters because of it."""
_WHOLE: Final = "imagestream-whole"
"""A file in a mirror whose remote has to be asked for everything."""
_BRING: Final = (
    "-c",
    "fetch.negotiationAlgorithm=noop",  # as git itself asks for missing objects: not relative to what is here
    *PROMISED,
    *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--filter=blob:none"),
    *("--stdin", REMOTE),
)
_REFETCH: Final = ("fetch", "--quiet", "--refetch", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance")
_REFUSED: Final = ("does not allow request for unadvertised object", "not our ref")


def is_partial(folder: Path) -> bool:
    """Whether this is a mirror of ours, in which blobs may be missing; read as text, because it may be damaged."""
    try:
        return "[imagestream]" in (folder / "config").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def promised(runner: Runner) -> tuple[str, ...]:
    """The words before the verb of a fetch: whether it leaves blobs behind."""
    return PROMISED if is_partial(runner.folder) and not (runner.folder / _WHOLE).exists() else ()


def bring(runner: Runner, oids: Iterable[str]) -> GitResult:
    """Fetch these blobs, which are not here, in one request; where that is refused, everything there is."""
    result = runner.talk(*_BRING, stdin="\n".join((*oids, "")).encode())
    if result.done or not any(words in result.err for words in _REFUSED):
        return result
    (runner.folder / _WHOLE).touch()
    return runner.talk(*_REFETCH, REMOTE)


def forget(folder: Path) -> None:
    """Another remote may do what the last one did not."""
    (folder / _WHOLE).unlink(missing_ok=True)
