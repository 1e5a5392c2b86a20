"""Versions: the tags that are one by Semantic Versioning 2.0.0, and how two of them are ordered.

A tag is a version if it has all three numbers, with or without a `v` before them: `1.4` and `1` are names that move.
A tag cannot have a `+`; where Helm and others write `_` in its place, build metadata follows, which orders nothing.
A number with a 0 in front (`2026.02.0`) means that it is not a version (SemVer 2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering

_NUMBER = "(0|[1-9][0-9]*)"
_PART = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_VERSION = re.compile(
    rf"v?{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-({_PART}(?:\.{_PART})*))?(?:[+_]([0-9A-Za-z.-]+))?", re.ASCII
)
_PADDED = re.compile(r"(?<![0-9A-Za-z-])0+(?=[0-9]+(?![0-9A-Za-z-]))", re.ASCII)
"""The leading zeros of a number between dots."""

Key = tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """A version; two that differ in build metadata alone are equal (SemVer 10)."""

    major: int
    minor: int
    patch: int
    pre: tuple[str, ...] = ()
    """The identifiers of a pre-release: `("rc", "1")` of `1.4.0-rc.1`."""
    build: str = ""
    """Build metadata: `up1` of `1.4.0+up1`."""

    @classmethod
    def parse(cls, text: str) -> Version | None:
        """The version that the text is, or None. A text longer than a tag is not a version."""
        match = _VERSION.fullmatch(text) if len(text) <= 128 else None  # noqa: PLR2004 - the longest tag
        if match is None:
            return None
        major, minor, patch, pre, build = match.groups()
        return cls(int(major), int(minor), int(patch), tuple(pre.split(".")) if pre else (), build or "")

    @classmethod
    def unpadded(cls, text: str) -> Version | None:
        """The version that a text would be without leading zeros of its numbers; None if it has no such zeros."""
        version, sign, build = text.removeprefix("v").partition("_")
        core, dash, pre = (_PADDED.sub("", part) for part in version.partition("-"))
        return cls.parse(f"{core}{dash}{pre}{sign}{build}") if cls.parse(text) is None else None

    @property
    def key(self) -> Key:
        """Orders as SemVer 11: a pre-release before its release, numbers before words, fewer identifiers first."""
        identifiers = tuple((not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in self.pre)
        return (self.major, self.minor, self.patch, not self.pre, identifiers)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.key == other.key

    def __lt__(self, other: Version) -> bool:
        return self.key < other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __str__(self) -> str:
        pre = f"-{'.'.join(self.pre)}" if self.pre else ""
        return f"{self.major}.{self.minor}.{self.patch}{pre}{f'+{self.build}' if self.build else ''}"
