"""The commit that the reconciler last wrote on a branch, from the references that record it.

`refs/imagestream/tip/BRANCH` is moved after the branch, in another step. A kill between the two leaves the intention in
`refs/imagestream/next/BRANCH`, which counts once the branch has that commit. A newer tip counts too, even if it arrived
by a manual push or a pull. A tip that is not on the branch means that people rewrote the branch.
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
    """Whether `old` is `new` or one of its ancestors."""
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
    """The object that a reference points at, of any kind: a lease has to name it before it can be corrected."""
    return next((oid for _, oid, found in _pointed(runner, ref) if found == ref), None)  # not a reference below it


def conflicting_tips(runner: Runner, upstream: Upstream) -> list[tuple[str, str]]:
    """The remote's known tips above or below the name of this branch's tip: name and object.

    At most `MOST_IN_THE_WAY` of them; the others are deleted the next time.
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
    out = runner.output("for-each-ref", "--format=%(objecttype) %(objectname) %(refname)", *patterns)
    for line in filter(None, out.decode("utf-8", "replace").split("\n")):  # a name may contain a Unicode line separator
        kind, oid, ref = line.split(" ", 2)
        yield kind, oid, ref


def tip(runner: Runner, branch: str, upstream: Upstream | None, commit: str | None) -> str | None:
    """The last commit written on a branch, as seen from `commit` (None: the local branch's).

    Seen from the upstream's commit, the remote's tip comes first; seen from any other, the tip written here.
    """
    there = (upstream.tracking, upstream.tip) if upstream else ()
    known = references(runner, *_local(branch), *there)
    seen = commit or known.get(f"refs/heads/{branch}")
    here = _written(runner, branch, known, seen)
    tracked, at_remote = (known.get(ref) for ref in there or ("", ""))
    if upstream is not None and seen == tracked:
        return later(runner, at_remote, here, seen)
    return later(runner, here, at_remote, seen)


def tips(runner: Runner, branch: str, upstream: Upstream | None, commit: str) -> tuple[str, ...]:
    """Every commit that some reference names as the last one written, seen from `commit`; the most likely first."""
    there = (upstream.tip,) if upstream else ()
    known = references(runner, *_local(branch), *there)
    here = _written(runner, branch, known, commit)
    chosen = tip(runner, branch, upstream, commit)
    return tuple(dict.fromkeys(each for each in (chosen, here, *(known.get(ref) for ref in there)) if each))


def written_here(runner: Runner, branch: str) -> set[str]:
    """The commits that were written on a branch from here, as far as references record them."""
    return set(references(runner, TIP_PREFIX + branch).values())


def delete_conflicting_refs(runner: Runner, branch: str) -> None:
    """Delete our references above or below those of a branch.

    One name cannot be both a file and a folder. The names are reserved for the reconciler; if such references stayed,
    the branch could not be published.
    """
    folders = [TIP_PREFIX, NEXT_PREFIX]
    parts = branch.split("/")
    above = [folder + "/".join(parts[:length]) for folder in folders for length in range(1, len(parts))]
    below = [f"{folder}{branch}/" for folder in folders]
    found = [(ref, oid) for _, oid, ref in _pointed(runner, *above, *below)]
    wanted = [(ref, oid) for ref, oid in found if ref in above or ref.startswith(tuple(below))]
    commands = "".join(f"delete {ref} {oid}\n" for ref, oid in wanted)
    if wanted:
        runner.run("update-ref", "--no-deref", "--stdin", stdin=commands.encode())


def intention(runner: Runner, branch: str, new: str) -> tuple[str, ...]:
    """Commands for update-ref(1) that note the commit which is about to become the tip.

    An older intention whose commit is on the branch, but which was not yet noted as the tip, is noted first, because
    this one overwrites it.
    """
    known = references(runner, *_local(branch))
    written = _written(runner, branch, known, known.get(f"refs/heads/{branch}"))
    missed = written is not None and written != known.get(TIP_PREFIX + branch)
    settle = (f"update {TIP_PREFIX}{branch} {written}",) if missed else ()
    return (*settle, f"update {NEXT_PREFIX}{branch} {name.object_id(new)}")


def _local(branch: str) -> tuple[str, str, str]:
    return TIP_PREFIX + branch, NEXT_PREFIX + branch, f"refs/heads/{branch}"


def _written(runner: Runner, branch: str, known: Mapping[str, str], seen: str | None) -> str | None:
    """The tip that was written here, or a newer intention whose commit is on the branch."""
    own, intended = known.get(TIP_PREFIX + branch), known.get(NEXT_PREFIX + branch)
    came_true = _has(runner, seen, intended) and not _has(runner, own, intended)
    return intended if came_true else own


def later(runner: Runner, tip: str | None, other: str | None, commit: str | None) -> str | None:
    """`other` if it descends from `tip` and is an ancestor of `commit`, else `tip`.

    After a rewrite of the branch the old tip stays the answer, even if the branch still has an older one: it shows that
    the branch was rewritten.
    """
    follows = _has(runner, commit, other) and (tip is None or _has(runner, other, tip))
    return other if follows else tip


def _has(runner: Runner, commit: str | None, ancestor: str | None) -> bool:
    return commit is not None and ancestor is not None and is_ancestor(runner, ancestor, commit)
