"""Revisions as people write them, and the one commit that a revision means.

git gets the name of an object, never a list of revisions. Text that means several commits, none, or a range
(`^REV`, `A..B`, `--all`, `REV^@`), and names of other objects (a tree, a file) are not accepted.
"""

from __future__ import annotations

import re
from typing import Final

from reconciler.errors import UsageError
from reconciler.gitstore import name
from reconciler.gitstore.command import Runner
from reconciler.gitstore.redaction import clean

_FOUND: Final = re.compile(r"(?P<oid>[0-9a-f]{40}(?:[0-9a-f]{24})?) (?P<kind>commit|tag) \d+\n", re.ASCII)


def resolve(runner: Runner, text: str) -> str | None:
    """The commit that a revision means; None if there is none. A tag means the commit that it finally points at.

    UsageError for text that cannot be a revision.
    """
    wanted = name.revision(text)
    if ":" not in wanted:
        return _object(runner, f"{wanted}^{{commit}}")
    found = _object(runner, wanted)  # a path, or `:/TEXT`: git does not read a suffix after the colon
    return found and _object(runner, f"{found}^{{commit}}")


def commit(runner: Runner, text: str) -> str:
    """The commit that a revision means; UsageError if it does not mean exactly one."""
    found = resolve(runner, text)
    if found is None:
        raise UsageError(f"{clean(text)!r} is not a commit of {runner.folder}. Name a branch, a tag or a commit.")
    return found


def _object(runner: Runner, text: str) -> str | None:
    result = runner.run("cat-file", "--batch-check", stdin=f"{text}\n".encode())
    found = _FOUND.fullmatch(result.out.decode("utf-8", "replace"))
    return found["oid"] if found and result.done else None
