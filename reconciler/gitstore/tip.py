"""What the reconciler last wrote on a branch, from the references that remember it.

`refs/imagestream/tip/BRANCH` is moved after the branch, by another step; a kill between the two leaves the intention in
`refs/imagestream/next/BRANCH`, which counts once the branch has it. A later tip that somebody pushed by hand, or that
came with a pull, counts likewise. A tip that the branch does not have means that people rewrote the branch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.gitstore import name
from reconciler.gitstore.command import Runner
from reconciler.gitstore.remote import Upstream
from reconciler.settings import TIP_PREFIX

NEXT_PREFIX = "refs/imagestream/next/"
MOST_IN_THE_WAY = 100


def is_ancestor(runner: Runner, old: str, new: str) -> bool:
    """Whether `new` has `old` in its history, or is it."""
    if name.object_id(old) == name.object_id(new):
        return True
    result = runner.run("merge-base", "--is-ancestor", old, new)
    if result.status not in {0, 1}:
        raise runner.failure("merge-base", result)
    return result.done


def references(runner: Runner, *patterns: str) -> dict[str, str]:
    """Full names of references that point at commits, with the commits; a pattern is a name or ends in a slash."""
    return {ref: oid for kind, oid, ref in _pointed(runner, *patterns) if kind == "commit"}


def pointed_at(runner: Runner, ref: str) -> str | None:
    """The object a reference points at, of whatever kind: what a lease has to name before it can be mended."""
    return next((oid for _, oid, found in _pointed(runner, ref) if found == ref), None)  # not what is below it


def conflicting_tips(runner: Runner, upstream: Upstream) -> list[tuple[str, str]]:
    """The tips that the remote was last seen to have above or below where its branch's has to be: name and object.

    At most `MOST_IN_THE_WAY` of them: more are deleted next time.
    """
    parts = upstream.branch.split("/")
    above = {upstream.tips + "/".join(parts[:length]) for length in range(1, len(parts))}
    found = [
        (ref.removeprefix(upstream.tips), oid)
        for _, oid, ref in _pointed(runner, f"{upstream.tip}/", *sorted(above))
        if ref in above or ref.startswith(f"{upstream.tip}/")
    ]
    return found[:MOST_IN_THE_WAY]


def _pointed(runner: Runner, *patterns: str) -> Iterator[tuple[str, str, str]]:
    out = runner.ask("for-each-ref", "--format=%(objecttype) %(objectname) %(refname)", *patterns)
    for line in filter(
        None, out.decode("utf-8", "replace").split("\n")
    ):  # a name may have a separator of Unicode in it
        kind, oid, ref = line.split(" ", 2)
        yield kind, oid, ref


def tip(runner: Runner, branch: str, upstream: Upstream | None, commit: str | None) -> str | None:
    """What was last written on a branch, seen from `commit` (None: the local branch's).

    Seen from what the upstream has, the remote's tip counts first; seen from anything else, the one written here.
    """
    there = (upstream.tracking, upstream.tip) if upstream else ()
    known = references(runner, *_local(branch), *there)
    seen = commit or known.get(f"refs/heads/{branch}")
    here = _written(runner, branch, known, seen)
    tracked, remembered = (known.get(ref) for ref in there or ("", ""))
    if upstream is not None and seen == tracked:
        return later(runner, remembered, here, seen)
    return later(runner, here, remembered, seen)


def tips(runner: Runner, branch: str, upstream: Upstream | None, commit: str) -> tuple[str, ...]:
    """Every commit that some reference gives as what was last written, seen from `commit`; the likeliest first."""
    there = (upstream.tip,) if upstream else ()
    known = references(runner, *_local(branch), *there)
    here = _written(runner, branch, known, commit)
    chosen = tip(runner, branch, upstream, commit)
    return tuple(dict.fromkeys(each for each in (chosen, here, *(known.get(ref) for ref in there)) if each))


def written_here(runner: Runner, branch: str) -> set[str]:
    """The commits that were written on a branch from here, as far as references remember them."""
    return set(references(runner, TIP_PREFIX + branch).values())


def delete_conflicting_refs(runner: Runner, branch: str) -> None:
    """Delete references of ours that stand above or below those of a branch.

    None can be a file and a folder. The names are reserved, so whoever made them is no reconciler; with them no branch
    would be published any more.
    """
    folders = [TIP_PREFIX, NEXT_PREFIX]
    parts = branch.split("/")
    above = [folder + "/".join(parts[:length]) for folder in folders for length in range(1, len(parts))]
    below = [f"{folder}{branch}/" for folder in folders]
    found = [(ref, oid) for _, oid, ref in _pointed(runner, *above, *below)]
    wanted = [(ref, oid) for ref, oid in found if ref in above or ref.startswith(tuple(below))]
    orders = "".join(f"delete {ref} {oid}\n" for ref, oid in wanted)
    if wanted:
        runner.run("update-ref", "--no-deref", "--stdin", stdin=orders.encode())


def intention(runner: Runner, branch: str, new: str) -> tuple[str, ...]:
    """Orders for update-ref(1) that note what is about to become the tip.

    An intention that came true and was not noted as the tip any more is noted first: it is about to be overwritten.
    """
    known = references(runner, *_local(branch))
    written = _written(runner, branch, known, known.get(f"refs/heads/{branch}"))
    missed = written is not None and written != known.get(TIP_PREFIX + branch)
    settle = (f"update {TIP_PREFIX}{branch} {written}",) if missed else ()
    return (*settle, f"update {NEXT_PREFIX}{branch} {name.object_id(new)}")


def _local(branch: str) -> tuple[str, str, str]:
    return TIP_PREFIX + branch, NEXT_PREFIX + branch, f"refs/heads/{branch}"


def _written(runner: Runner, branch: str, known: Mapping[str, str], seen: str | None) -> str | None:
    """The tip that was written here, or the intention, where that came true afterwards."""
    own, intended = known.get(TIP_PREFIX + branch), known.get(NEXT_PREFIX + branch)
    came_true = _has(runner, seen, intended) and not _has(runner, own, intended)
    return intended if came_true else own


def later(runner: Runner, tip: str | None, other: str | None, commit: str | None) -> str | None:
    """`other` where it follows `tip` and `commit` has it, else `tip`.

    A tip that was left behind by a rewrite stays the answer against one that the rewritten branch still has: it is what
    tells a rewrite from an ordinary branch.
    """
    follows = _has(runner, commit, other) and (tip is None or _has(runner, other, tip))
    return other if follows else tip


def _has(runner: Runner, commit: str | None, ancestor: str | None) -> bool:
    return commit is not None and ancestor is not None and is_ancestor(runner, ancestor, commit)
