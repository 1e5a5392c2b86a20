"""Partial mirrors: every commit and tree, but only the blobs that were needed (git's partial clones).

The remote filters if it can (`uploadpack.allowFilter`); other remotes send everything. Missing blobs of one question
are fetched in one request, within the usual time limit. Git's own way, one request for each blob that a command needs,
is turned off: only fetch and gc know that a remote has more objects. For the same reason plain git calls such a mirror
incomplete; only this package reads it.

A remote that filters but does not send single blobs (protocol v0) gets one request for everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from reconciler.gitstore.command import GitResult, Runner

REMOTE: Final = "origin"
PROMISED: Final = ("-c", f"remote.{REMOTE}.promisor=true", "-c", f"remote.{REMOTE}.partialclonefilter=blob:none")
"""Options for commands that may find blobs missing. `git fetch` filters because of them."""
_WHOLE: Final = "imagestream-whole"
"""A file in a mirror whose remote has to send everything at once."""
_BRING: Final = (
    "-c",
    "fetch.negotiationAlgorithm=noop",  # as git itself requests missing objects: not relative to the objects here
    *PROMISED,
    *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--filter=blob:none"),
    *("--stdin", REMOTE),
)
_REFETCH: Final = ("fetch", "--quiet", "--refetch", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance")
_REFUSED: Final = ("does not allow request for unadvertised object", "not our ref")


def is_partial(folder: Path) -> bool:
    """Whether this is a mirror of ours, which may lack blobs; read as text, because it may be damaged."""
    try:
        return "[imagestream]" in (folder / "config").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def promised(runner: Runner) -> tuple[str, ...]:
    """The words before the verb of a fetch, which make it leave out blobs."""
    return PROMISED if is_partial(runner.folder) and not (runner.folder / _WHOLE).exists() else ()


def bring(runner: Runner, oids: Iterable[str]) -> GitResult:
    """Fetch these missing blobs in one request; if that is refused, fetch everything."""
    result = runner.talk(*_BRING, stdin="\n".join((*oids, "")).encode())
    if result.done or not any(words in result.err for words in _REFUSED):
        return result
    (runner.folder / _WHOLE).touch()
    return runner.talk(*_REFETCH, REMOTE)


def forget(folder: Path) -> None:
    """Forget how the last remote behaved, because the next one may differ."""
    (folder / _WHOLE).unlink(missing_ok=True)
