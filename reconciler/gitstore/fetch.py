"""Fetching one branch, the tips and the cursors of sinks: the remote's current state, kept here under separate names.

The branch goes to its remote-tracking reference, the remote's tip references go to
`refs/imagestream/remotes/REMOTE/tip/`, and its cursors to `refs/imagestream/remotes/REMOTE/sinks/`, in whatever
direction they moved. Local branches, local tips, tags and FETCH_HEAD are not touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reconciler.errors import UnavailableError
from reconciler.gitstore.command import GitResult, Runner
from reconciler.gitstore.mirror.mirror import remake
from reconciler.gitstore.mirror.partial import promised
from reconciler.gitstore.redaction import advice, complaint
from reconciler.gitstore.remote import Upstream
from reconciler.gitstore.tip import references, tip
from reconciler.settings import FIRST_FETCH_TIMEOUT, GIT_TIMEOUT, TIP_PREFIX

_COMMAND: Final = ("fetch", "--quiet", "--prune", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance")

_STEADY: Final = ("-c", "http.lowSpeedLimit=1", "-c", f"http.lowSpeedTime={GIT_TIMEOUT:.0f}")
"""For commands that may take long as long as data arrives."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """The remote's state: its branch's commit (None: no such branch), and the commit last written on it."""

    commit: str | None
    tip: str | None
    """None if it is not known. It is not an ancestor of `commit` if people rewrote the branch."""


def fetch(runner: Runner, upstream: Upstream) -> Fetched:
    """Fetch an upstream; UnavailableError if its remote does not answer."""
    beside = (_tips(upstream), upstream.sinks_refspec)
    all_refs = (f"+refs/heads/{upstream.branch}:{upstream.tracking}", *beside)
    command, timeout = (*promised(runner), *_COMMAND), GIT_TIMEOUT
    if not references(runner, upstream.tracking):
        command, timeout = (*_STEADY, *command), FIRST_FETCH_TIMEOUT
    result = runner.talk(*command, "--", upstream.remote, *all_refs, timeout=timeout)
    if not result.done and remake(runner, result.err):
        result = runner.talk(*_STEADY, *command, "--", upstream.remote, *all_refs, timeout=FIRST_FETCH_TIMEOUT)
    if not result.done and f"couldn't find remote ref refs/heads/{upstream.branch}" in result.err:
        result = runner.talk(*command, "--", upstream.remote, *beside)
        runner.output("update-ref", "--no-deref", "-d", upstream.tracking)
    if not result.done:
        raise unavailable(upstream.remote, result)
    commit = references(runner, upstream.tracking).get(upstream.tracking)
    if commit is None:
        return Fetched(None, references(runner, upstream.tip).get(upstream.tip))
    return Fetched(commit, tip(runner, upstream.local, upstream, commit))


def fetch_refs(runner: Runner, upstream: Upstream, refspec: str) -> None:
    """Fetch some references of an upstream's remote; UnavailableError if it does not answer."""
    result = runner.talk(*promised(runner), *_COMMAND, "--", upstream.remote, refspec)
    if not result.done:
        raise unavailable(upstream.remote, result)


def deepen(runner: Runner, remote: str) -> None:
    """Fetch the history that a shallow clone lacks; UnavailableError if the remote does not give it."""
    result = runner.talk(*_COMMAND, "--unshallow", "--", remote)
    if not result.done:
        raise unavailable(remote, result)


def remote_objects(runner: Runner, upstream: Upstream, *refs: str) -> dict[str, str]:
    """The objects of some of the remote's references, without fetching; missing references are left out.

    UnavailableError if the remote does not answer.
    """
    result = runner.talk("ls-remote", "--quiet", "--", upstream.remote, *refs)
    if not result.done:
        raise unavailable(upstream.remote, result)
    lines = (line.split("\t") for line in filter(None, result.out.decode("utf-8", "replace").split("\n")))
    return {ref: oid for oid, ref in lines if ref in refs}


def unavailable(remote: str, result: GitResult) -> UnavailableError:
    """The error for a remote that could not be reached."""
    what = advice(result.err, "Check its URL, the network and the access.")
    text = f"{remote}: the remote cannot be reached: {complaint(result.err)}. {what}"
    return UnavailableError(text, host=remote, retryable=True)


def _tips(upstream: Upstream) -> str:
    return f"+{TIP_PREFIX}*:{upstream.tips}*"
