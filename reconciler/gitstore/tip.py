"""What the reconciler last wrote on a branch, from the references that remember it.

`refs/imagestream/tip/BRANCH` is moved after the branch, by another step; a kill between the two leaves the intention in
`refs/imagestream/next/BRANCH`, which counts once the branch has it. A later tip that somebody pushed by hand, or that
came with a pull, counts likewise. A tip that the branch does not have means that people rewrote the branch.
"""

from __future__ import annotations

from reconciler.gitstore import name
from reconciler.gitstore.command import Runner
from reconciler.gitstore.remote import Upstream
from reconciler.settings import TIP_PREFIX

NEXT_PREFIX = "refs/imagestream/next/"


def is_ancestor(runner: Runner, old: str, new: str) -> bool:
    """Whether `new` has `old` in its history, or is it."""
    if name.object_id(old) == name.object_id(new):
        return True
    answer = runner.run("merge-base", "--is-ancestor", old, new)
    if answer.status not in {0, 1}:
        raise runner.failure("merge-base", answer)
    return answer.done


def references(runner: Runner, *patterns: str) -> dict[str, str]:
    """Full names of references that point at commits, with the commits; a pattern is a name or ends in a slash."""
    out = runner.ask("for-each-ref", "--format=%(objecttype) %(objectname) %(refname)", *patterns)
    lines = (line.split(" ", 2) for line in out.decode("utf-8", "replace").splitlines())
    return {ref: oid for kind, oid, ref in lines if kind == "commit"}


def tip(runner: Runner, branch: str, upstream: Upstream | None, commit: str | None) -> str | None:
    """What was last written on a branch, seen from `commit` (None: the local branch's).

    Seen from what the upstream has, the remote's tip counts first; seen from anything else, the one written here.
    """
    own, intent, head = TIP_PREFIX + branch, NEXT_PREFIX + branch, f"refs/heads/{branch}"
    there = (upstream.tracking, upstream.tip) if upstream else ()
    known = references(runner, own, intent, head, *there)
    seen = commit or known.get(head)
    written, intended = known.get(own), known.get(intent)
    if _has(runner, seen, intended):
        written = intended
    tracked, remembered = (known.get(ref) for ref in there or ("", ""))
    if seen == tracked:
        return later(runner, remembered, written, seen)
    return later(runner, written, remembered, seen)


def later(runner: Runner, tip: str | None, other: str | None, commit: str | None) -> str | None:
    """`other` where it follows `tip` and `commit` has it, else `tip`.

    A tip that was left behind by a rewrite stays the answer against one that the rewritten branch still has: it is what
    tells a rewrite from an ordinary branch.
    """
    follows = _has(runner, commit, other) and (tip is None or _has(runner, other, tip))
    return other if follows else tip


def _has(runner: Runner, commit: str | None, ancestor: str | None) -> bool:
    return commit is not None and ancestor is not None and is_ancestor(runner, ancestor, commit)
