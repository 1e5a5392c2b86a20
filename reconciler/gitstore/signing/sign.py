"""Signed commits: the commits of fast-import, written again with a signature in each.

If they are a whole pass, the last one has a header with the branch of the pass. The signature covers it, so that
another commit cannot look like the last one written there.

fast-import cannot sign. So the commits are read back, each gets the previous signed one as its parent and a `gpgsig`
header over all the rest (gitformat-signature(5)), and all are written at once. Every other byte stays the same. One
process makes each signature; git runs twice in all.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from reconciler.errors import UsageError
from reconciler.gitstore.command import Runner
from reconciler.gitstore.commit_files import objects
from reconciler.gitstore.signing.program import Sign, signer
from reconciler.gitstore.signing.trust import BRANCH_HEADER, trusted
from reconciler.model.config import Signing

_KINDS: Final = {40: ("sha1", b"gpgsig"), 64: ("sha256", b"gpgsig-sha256")}
"""By the length of object ids: the hash, and the name of the signature's header."""


def sign(runner: Runner, commits: Sequence[str], signing: Signing, branch: str | None = None) -> list[str]:
    """Sign commits that are on top of each other; returns their new ids.

    `branch` is the branch whose whole pass the last one ends; None if it ends none. UsageError if the key cannot be
    used, or if `trusted` does not have it: such commits would not count as our own.
    """
    if not commits:
        return []
    with signer(signing) as make:
        contents = [content for _, content in objects(runner, commits)]
        if branch is not None:
            contents[-1] = _naming(contents[-1], branch)
        made = list(_signed(contents, commits, make))
    _write(runner, made)
    ids = [oid for oid, _ in made]
    if ids[-1] not in trusted(runner, ids[-1:], signing):
        raise UsageError(
            f"signing.trusted {signing.trusted} does not have the key {signing.key_file}, so its signatures would not "
            "count. Add its public key there."
        )
    return ids


def _signed(contents: Sequence[bytes], commits: Sequence[str], make: Sign) -> Iterator[tuple[str, bytes]]:
    kind, header = _KINDS[len(commits[0])]
    parent: tuple[str, str] | None = None
    for unsigned, content in zip(commits, contents, strict=True):
        payload = content if parent is None else _reparented(content, *parent)
        signature = make(payload).strip().replace(b"\n", b"\n ")
        head, _, message = payload.partition(b"\n\n")
        whole = b"%s\n%s %s\n\n%s" % (head, header, signature, message)
        oid = hashlib.new(kind, b"commit %d\0%s" % (len(whole), whole), usedforsecurity=False).hexdigest()
        parent = (unsigned, oid)
        yield oid, whole


def _naming(content: bytes, branch: str) -> bytes:
    head, _, message = content.partition(b"\n\n")
    return b"%s\n%s refs/heads/%s\n\n%s" % (head, BRANCH_HEADER, branch.encode(), message)


def _reparented(content: bytes, old: str, new: str) -> bytes:
    return content.replace(b"\nparent %s\n" % old.encode(), b"\nparent %s\n" % new.encode(), 1)


def _write(runner: Runner, commits: Sequence[tuple[str, bytes]]) -> None:
    with tempfile.TemporaryDirectory(prefix="imagestream-") as folder:
        files = [Path(folder) / oid for oid, _ in commits]
        for file, (_, content) in zip(files, commits, strict=True):
            file.write_bytes(content)
        stdin = "".join(f"{file}\n" for file in files).encode()
        written = runner.output("hash-object", "-t", "commit", "-w", "--no-filters", "--stdin-paths", stdin=stdin)
    if written.decode().split() != [oid for oid, _ in commits]:
        raise UsageError(f"git stored different commits from the signed ones in {runner.folder}. Run git fsck there.")
