"""The report of one push: the result for each reference, read from `git push --porcelain`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reconciler.gitstore.command import GitResult
from reconciler.gitstore.push_messages import (
    BROKEN,
    COMPLAINTS,
    NAME_TAKEN,
    NO_ATOMIC,
    REASONS,
    REMOTE_LINES,
    PushStatus,
    find,
    is_collateral,
)
from reconciler.gitstore.redaction import clean, complaint, remote_lines

_PORCELAIN_FIELDS: Final = 3


@dataclass(frozen=True, slots=True)
class RefUpdate:
    """One update of a remote reference, between two commits (None: the reference must not exist, or is deleted)."""

    ref: str
    old: str | None
    new: str | None

    @property
    def words(self) -> tuple[str, str]:
        """The lease and the refspec."""
        return f"--force-with-lease={self.ref}:{self.old or ''}", f"{self.new or ''}:{self.ref}"


@dataclass(frozen=True, slots=True)
class RefStatus:
    """One reference's line in the porcelain output: git's flag, its summary, and the reason in brackets."""

    flag: str
    summary: str
    reason: str

    @property
    def done(self) -> bool:
        """Whether the reference has the requested value."""
        return self.flag != "!"

    @property
    def moved(self) -> bool:
        """Whether the push moved it there."""
        return self.flag not in {"!", "="}


@dataclass(frozen=True, slots=True)
class PushReport:
    """The output of one push: about the branch, about the tip, and git's other messages."""

    result: GitResult
    updates: tuple[RefUpdate, ...]
    branch: RefStatus | None
    tip: RefStatus | None

    @property
    def status(self) -> PushStatus | None:
        """The status of the push; None if the host broke off before it reported one."""
        if self.branch is None:
            return PushStatus.REFUSED if self.no_atomic else find(COMPLAINTS, self.result.err)
        if self.branch.done:
            return PushStatus.DONE
        if self.branch.summary == "[remote failure]":
            return None
        blamed = [line.reason for line in (self.branch, self.tip) if line and not line.done]
        if self.branch.summary != "[rejected]" and self.tip_is_kept:
            return PushStatus.REFUSED
        return self._blame([reason for reason in blamed if not is_collateral(reason)])

    @property
    def tip_is_kept(self) -> bool:
        """Whether the host itself keeps the tip from going back; git's own check cannot, because of the lease."""
        line = self.tip
        return line is not None and line.summary == "[remote rejected]" and line.reason == "non-fast-forward"

    @property
    def no_atomic(self) -> bool:
        """Whether the host does not support atomic pushes."""
        return NO_ATOMIC in self.result.err

    @property
    def is_gits_own(self) -> bool:
        """Whether git gave up by itself, before or without the host: a setting is in the way."""
        return self.branch is None and not any(words in self.result.err for words in BROKEN)

    @property
    def why(self) -> str:
        """The reason, for a person."""
        lines = [line for line in (self.branch, self.tip) if line and not line.done]
        if self.no_atomic or not lines:
            return complaint(self.result.err)
        blamed = next((line.reason for line in lines if not is_collateral(line.reason)), lines[0].reason)
        remote_text = remote_lines(self.result.err)
        return f"{clean(blamed)} ({remote_text})" if remote_text else clean(blamed)

    def _blame(self, reasons: list[str]) -> PushStatus | None:
        lines = remote_lines(self.result.err)
        if any(NAME_TAKEN in text for text in (lines, *reasons)):
            return PushStatus.REFUSED
        remote_text = find(REMOTE_LINES, lines)
        if not reasons:
            return remote_text or PushStatus.MOVED
        found = {find(REASONS, reason) or PushStatus.REFUSED for reason in reasons}
        if PushStatus.MOVED in found or (found == {PushStatus.REFUSED} and remote_text is PushStatus.MOVED):
            return PushStatus.MOVED
        return None if PushStatus.UNAVAILABLE in found else PushStatus.REFUSED


def read_report(result: GitResult, updates: tuple[RefUpdate, ...]) -> PushReport:
    """Read the output of a push with `--porcelain`: the branch is the first update, the tip the second."""
    lines = dict(_lines(result.out.decode("utf-8", "replace")))
    found = [lines.get(update.ref) for update in updates]
    return PushReport(result, updates, found[0], found[1] if len(found) > 1 else None)


def _lines(porcelain: str) -> Iterator[tuple[str, RefStatus]]:
    """The references' lines of `git push --porcelain`: FLAG TAB FROM:TO TAB SUMMARY (REASON)."""
    for text in porcelain.split("\n"):
        fields = text.split("\t")
        if len(fields) == _PORCELAIN_FIELDS and len(fields[0]) == 1:
            flag, refs, remote_text = fields
            summary, _, reason = remote_text.partition(" (")
            yield refs.rpartition(":")[2], RefStatus(flag, summary, reason.removesuffix(")"))
