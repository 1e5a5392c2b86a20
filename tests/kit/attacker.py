"""Attacks on a bare repository with git alone: forged commits, merges and references.

Nothing is checked out: commits are made from trees, so that thousands of steps take minutes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.documents.render.history import render_history, render_hold
from reconciler.model.change import Move
from reconciler.model.config import Signing
from reconciler.model.history import Cause, HeldImage, TagEvent, TagHistory, TagHold
from reconciler.model.name import IstagName
from reconciler.model.stream import Source, SourceKind
from reconciler.planning.message import render
from tests.kit.git import GitFolder


@dataclass
class Forger:
    """Makes forged commits in a bare repository."""

    git: GitFolder

    def commit(
        self,
        parents: Sequence[str],
        files: Mapping[str, bytes | None],
        message: str,
        *,
        base: str | None = None,
        key: Signing | None = None,
    ) -> str:
        """A commit on `parents` with the tree of `base` (the first parent), with some files added or removed."""
        base = base or (parents[0] if parents else None)
        listed = self.git.raw("ls-tree", "-r", "-z", base).split(b"\0")[:-1] if base else []
        entries = {line.partition(b"\t")[2].decode(): line.split(b"\t")[0].split()[2].decode() for line in listed}
        for path, data in files.items():
            entries.pop(path, None)
            if data is not None:
                entries[path] = self.git.raw("hash-object", "-w", "--stdin", stdin=data).decode().strip()
        tree = self._tree(entries)
        words = [word for parent in parents for word in ("-p", parent)]
        signs = ("-c", "gpg.format=ssh", "-c", f"user.signingKey={key.key_file}") if key else ()
        return self.git.git(*signs, "commit-tree", *(("-S",) if key else ()), "-m", message, *words, tree)

    def _tree(self, entries: Mapping[str, str]) -> str:
        """The tree of some paths, with their folders."""
        folders: dict[str, dict[str, str]] = {}
        lines: list[str] = []
        for path, oid in entries.items():
            head, slash, rest = path.partition("/")
            if slash:
                folders.setdefault(head, {})[rest] = oid
            else:
                lines.append(f"100644 blob {oid}\t{path}")
        lines += [f"040000 tree {self._tree(below)}\t{name}" for name, below in folders.items()]
        return self.git.raw("mktree", "-z", stdin="".join(f"{line}\0" for line in lines).encode()).decode().strip()


def forged_event(image: str, generation: int) -> TagEvent:
    """An event in the form of the reconciler's, of an invented image."""
    return TagEvent(
        image=image,
        pull_spec=f"registry.example/app@{image}",
        created="2026-11-23T08:00:00Z",
        generation=generation,
        source=Source(SourceKind.DOCKER_IMAGE, "registry.example/app:1"),
        cause=Cause.SCHEDULED,
    )


def forged_history(name: IstagName, stack: Sequence[TagEvent], image: str) -> bytes:
    """The bytes of a history with a forged event on top."""
    generation = stack[0].generation + 1 if stack else 1
    return render_history(TagHistory(name, (forged_event(image, generation), *stack)))


def forged_hold(name: IstagName, image: str, commit: str) -> bytes:
    """The bytes of a hold of an image that was never rolled back."""
    source = Source(SourceKind.DOCKER_IMAGE, "registry.example/app:1")
    return render_hold(TagHold(name, (HeldImage(image, None, commit, source),)))


def forged_message(name: IstagName, image: str, previous: str | None) -> str:
    """The message with trailers that the reconciler gives the commit of such an event."""
    change = Move(tag=name, previous=previous, history=TagHistory(name, (forged_event(image, 1),)))
    return render([change])
