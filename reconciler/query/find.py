"""Find: every istag that ever meant an image, and when, over the whole history of a branch, with removed istags.

A time is that of the commit that recorded or ended it; it is shown, and decides nothing. A change on a side of a merge
counts from its own commit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reconciler.errors import ReconcilerError, UsageError
from reconciler.gitstore import Commit, FileChange
from reconciler.model.history import Cause, TagEvent
from reconciler.model.name import IstagName, istag_of_path
from reconciler.model.reference import digest_part
from reconciler.provenance.branch_walk import Step, walk_branch
from reconciler.provenance.file_versions import FileVersions
from reconciler.provenance.log import Log
from reconciler.provenance.parsed_file import Stack
from reconciler.provenance.shallow_clone import ensure_whole
from reconciler.provenance.snapshot import read_snapshot

_DIGEST = re.compile(r"(?:sha(?:256|384|512):)?[0-9a-f]{1,128}", re.ASCII)


@dataclass(slots=True)
class Period:
    """One time that an istag meant the image."""

    tag: IstagName
    event: TagEvent
    image: str
    since: Commit
    until: Commit | None = None
    """The commit that ended it; None while it lasts."""
    rolled_back: bool = False
    """Whether it ended because the event was taken off, not by a newer event or the removal of the tag."""
    recorded: bool = True
    """Whether a commit that counts recorded the event; a person added it if not."""


def find(log: Log, text: str) -> list[Period]:
    """The periods in the order they began; none if no istag ever meant the image.

    `text` is a digest or a prefix of one, with or without its algorithm, or a pull spec with it.
    Raises `UsageError` if it is none of these, or if it fits several images.
    """
    given, text = text, digest_part(text)
    if not _DIGEST.fullmatch(text):
        advice = "Write sha256:DIGITS, the first digits alone, or a pull spec NAME@sha256:DIGITS."
        raise UsageError(f"{given!r} is not a digest. {advice}")
    ensure_whole(log.repository)
    search = _Search(log, text)
    for step in walk_branch(log):
        search.visit(step)
    images = {period.image for period in search.periods}
    if len(images) > 1:
        raise UsageError(f"{text} fits {len(images)} images. Write more of the digest.")
    if log.trust.has_begun:
        record = FileVersions(log, {period.tag for period in search.periods})
        for period in search.periods:
            period.recorded = period.event in record.ever(period.tag)
    return search.periods


class _Search:
    """One walk over a branch: the periods so far, and which of them still last."""

    def __init__(self, log: Log, text: str) -> None:
        self.parsed = log.parsed
        self.periods: list[Period] = []
        self._log = log
        self._text = text
        self._open: dict[tuple[IstagName, str], Period] = {}

    def visit(self, step: Step) -> None:
        """Begin and end the periods that a commit begins and ends."""
        if step.is_merge:
            self._merge(step)
        for change in step.commit.files:
            name = istag_of_path(change.path)
            if name is not None and change.path == name.history_path:
                self._change(step, name, change)

    def _change(self, step: Step, name: IstagName, change: FileChange) -> None:
        old, new = (self.parsed.stack(name, oid) for oid in (change.old_oid, change.new_oid))
        if new is None:
            return
        after = self._wanted(new)
        before = self._wanted(old) if old is not None else None
        for (tag, image), period in list(self._open.items()):
            if tag == name and image != after and (old is None or image == before) and not step.is_merge:
                self._end(period, step.commit, new)
        if change.old_oid is None:
            self._adopt(step.commit, name, new)
        if after is not None and (name, after) not in self._open:
            period = Period(name, new[0], after, step.commit)
            self._open[name, after] = period
            self.periods.append(period)

    def _adopt(self, commit: Commit, name: IstagName, stack: Stack) -> None:
        """Add the events that an adoption brings and that were already replaced: they begin and end with its commit."""
        known = {period.event for period in self.periods if period.tag == name}
        for index in range(len(stack) - 1, 0, -1):
            event, image = stack[index], self._wanted(stack[index:])
            if image is not None and event.cause is Cause.ADOPTED and event not in known:
                self.periods.append(Period(name, event, image, commit, commit))

    def _merge(self, step: Step) -> None:
        """End the periods that a side of a merge has and the merge itself does not."""
        after = step.after() if self._open else {}
        for (name, image), period in list(self._open.items()):
            stacks = [self.parsed.stack(name, tree.get(name.history_path)) for tree in step.parents]
            left = self.parsed.stack(name, after.get(name.history_path))
            if (
                left is not None
                and self._wanted(left) != image
                and any(self._wanted(each or ()) == image for each in stacks)
            ):
                self._end(period, step.commit, left)

    def _end(self, period: Period, commit: Commit, stack: Stack) -> None:
        period.until = commit
        period.rolled_back = period.event not in stack and (bool(stack) or self._is_declared(period.tag, commit))
        del self._open[period.tag, period.image]

    def _wanted(self, stack: Stack) -> str | None:
        """The image that a stack means, if it is one that is searched for."""
        if not stack:
            return None
        image = stack[0].image or stack[0].pull_spec.partition("@")[2]
        return image if image.startswith(self._text) or image.partition(":")[2].startswith(self._text) else None

    def _is_declared(self, name: IstagName, commit: Commit) -> bool:
        """Whether an istag without a file was rolled back to nothing: its spec tag is still there."""
        if any(each.tag == name and each.cause == "removed" for each in self._log.trailers(commit)):
            return False
        try:
            return read_snapshot(self._log.repository, commit.id).declarations.tag(name) is not None
        except ReconcilerError:
            return True
