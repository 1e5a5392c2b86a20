"""Cursors: for each sink the last commit that it was told of.

    | the branch                                | where its cursors are                                           |
    | ----------------------------------------- | --------------------------------------------------------------- |
    | has an upstream                           | `refs/imagestream/sinks/NAME` at the remote                     |
    | has an upstream that refuses that name    | the file `imagestream.sinks` in the git directory of this copy  |
    | has none                                  | `refs/imagestream/sinks/NAME` here                              |

A cursor moves under a lease on the value that was last seen, to any commit: it is no branch, and it has to go elsewhere
after people rewrote the branch. The cursors of several sinks move in one push, each by itself. Everyone who may push
references can move a cursor anywhere, so a reader has to expect any object there, and any commit.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reconciler.errors import UsageError
from reconciler.gitstore import name as names
from reconciler.gitstore.command import GitResult, Runner
from reconciler.gitstore.fetch import fetch_refs
from reconciler.gitstore.mirror.mirror import CURSOR_FILE
from reconciler.gitstore.push import push_refs
from reconciler.gitstore.push_messages import PushStatus
from reconciler.gitstore.push_report import RefUpdate, read_report
from reconciler.gitstore.redaction import clean, complaint
from reconciler.gitstore.remote import Upstream
from reconciler.gitstore.tip import pointed_at, references
from reconciler.settings import KIB, SINKS_PREFIX

MAX_BYTES: Final = 64 * KIB
"""Bytes of the file that are read; one cursor takes about a hundred."""
_REFUSED: Final = (
    "{remote} refuses {ref}: {why}. How far its sink was told is kept in the file imagestream.sinks of this copy. "
    "Allow pushes to refs/imagestream/ there, or keep this copy."
)
_FAILED: Final = "{remote}: {ref} could not be moved: {why}. It is tried again."
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


@dataclass(frozen=True, slots=True)
class CursorMoves:
    """The result of moving some cursors, by sink."""

    moved: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    """The cursor is not where it was last seen: another process, or a person, moved it meanwhile."""
    kept: frozenset[str] = frozenset()
    """The remote refuses the reference, so the cursor is in the file."""
    failed: frozenset[str] = frozenset()
    """Nothing moved, and nothing is known: it may be tried again."""
    messages: tuple[str, ...] = ()
    """Lines for a person about what is kept in the file, or failed."""


def sink_name(text: str) -> str:
    """The name of a sink, which is part of a reference; UsageError for text that cannot be one."""
    if not _NAME.fullmatch(text):
        raise UsageError(f"{clean(text)!r} is not the name of a sink. Use up to 63 of A-Z a-z 0-9 _ -.")
    return text


def read_cursors(runner: Runner, upstream: Upstream | None, sinks: Iterable[str]) -> dict[str, str]:
    """The cursors of some sinks, as of the last fetch; sinks whose cursor is missing or no commit are left out."""
    wanted = [sink_name(each) for each in sinks]
    if not wanted:
        return {}
    prefix = _prefix(upstream)
    there = references(runner, *(prefix + each for each in wanted))
    kept = _read_file(runner, upstream) if upstream else {}
    found = {each: there.get(prefix + each) or _existing(runner, kept.get(each)) for each in wanted}
    return {each: commit for each, commit in found.items() if commit is not None}


def _existing(runner: Runner, commit: str | None) -> str | None:
    """A commit of the file, if it is here."""
    return commit if commit and runner.run("cat-file", "-t", commit).out.strip() == b"commit" else None


def fetch_cursors(runner: Runner, upstream: Upstream) -> None:
    """Bring the remote's cursors here; UnavailableError if it does not answer."""
    fetch_refs(runner, upstream, upstream.sinks_refspec)


def move_cursors(runner: Runner, upstream: Upstream | None, moves: Mapping[str, str]) -> CursorMoves:
    """Move the cursors of some sinks to commits, each from where it was last seen."""
    prefix = _prefix(upstream)
    updates = {
        sink: RefUpdate(SINKS_PREFIX + sink_name(sink), pointed_at(runner, prefix + sink), names.object_id(commit))
        for sink, commit in moves.items()
    }
    if not updates:
        return CursorMoves()
    return _move_here(runner, updates) if upstream is None else _move_there(runner, upstream, updates)


def _prefix(upstream: Upstream | None) -> str:
    return upstream.sinks if upstream else SINKS_PREFIX


def _move_here(runner: Runner, updates: Mapping[str, RefUpdate]) -> CursorMoves:
    moved, lost, messages = set[str](), set[str](), list[str]()
    for sink, update in updates.items():
        old = update.old or "0" * len(update.new or "")
        result = runner.run("update-ref", "--no-deref", update.ref, update.new or "", old)
        if result.done:
            moved.add(sink)
        else:
            lost.add(sink)
            messages.append(f"{update.ref} could not be moved: {complaint(result.err)}.")
    return CursorMoves(frozenset(moved), frozenset(lost), messages=tuple(messages))


def _move_there(runner: Runner, upstream: Upstream, updates: Mapping[str, RefUpdate]) -> CursorMoves:
    result = push_refs(runner, upstream, tuple(updates.values()))
    statuses = {sink: _status(result, update) for sink, update in updates.items()}
    by_status = {each: frozenset(sink for sink, found in statuses.items() if found is each) for each in PushStatus}
    moved, refused = by_status[PushStatus.DONE], by_status[PushStatus.REFUSED]
    _remember(runner, upstream, {sink: updates[sink] for sink in moved})
    if moved or refused:
        _write_file(runner, upstream, {sink: updates[sink].new for sink in refused}, moved)
    failed = frozenset(updates) - moved - refused - by_status[PushStatus.MOVED]
    texts = ((refused, _REFUSED), (failed, _FAILED))
    messages = [
        text.format(remote=upstream.remote, ref=updates[min(sinks)].ref, why=_why(result, updates[min(sinks)]))
        for sinks, text in texts
        if sinks
    ]
    return CursorMoves(moved, by_status[PushStatus.MOVED], refused, failed, tuple(messages))


def _status(result: GitResult, update: RefUpdate) -> PushStatus | None:
    """What became of one reference, apart from the others."""
    return read_report(result, (update,)).status


def _why(result: GitResult, update: RefUpdate) -> str:
    return read_report(result, (update,)).why


def _remember(runner: Runner, upstream: Upstream, moved: Mapping[str, RefUpdate]) -> None:
    """Note the remote's new references here, as the next fetch would."""
    commands = [f"update {upstream.sinks}{sink} {update.new}" for sink, update in moved.items()]
    runner.run("update-ref", "--no-deref", "--stdin", stdin="\n".join((*commands, "")).encode())


# The file, for remotes that refuse the references


def _file(runner: Runner) -> Path:
    where = runner.output("rev-parse", "--git-common-dir").removesuffix(b"\n")
    return runner.folder / os.fsdecode(where) / CURSOR_FILE


def _read_file(runner: Runner, upstream: Upstream) -> dict[str, str]:
    """The cursors in the file that belong to this upstream; none if the file is damaged."""
    return _belonging(_content(_file(runner)), upstream)


def _content(file: Path) -> object:
    try:
        with file.open("rb") as stream:
            return json.loads(stream.read(MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}


def _belonging(content: object, upstream: Upstream) -> dict[str, str]:
    cursors = content.get(str(upstream)) if isinstance(content, dict) else None
    found = cursors.items() if isinstance(cursors, dict) else ()
    return {
        sink: commit
        for sink, commit in found
        if isinstance(sink, str) and isinstance(commit, str) and names.is_object_id(commit)
    }


def _write_file(runner: Runner, upstream: Upstream, kept: Mapping[str, str | None], gone: Iterable[str]) -> None:
    """Keep some cursors in the file, and remove those that the remote has now."""
    file = _file(runner)
    content = _content(file)
    before = _belonging(content, upstream)
    after = {sink: commit for sink, commit in {**before, **kept}.items() if sink in kept or sink not in set(gone)}
    if after == before:
        return
    others = {key: value for key, value in content.items() if key != str(upstream)} if isinstance(content, dict) else {}
    whole = {**others, **({str(upstream): after} if after else {})}
    fresh = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    try:
        fresh.write_text(json.dumps(whole, indent=1, sort_keys=True), encoding="utf-8")
        fresh.replace(file)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}. Make room, or allow writing there.") from error
