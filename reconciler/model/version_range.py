"""Ranges of versions, as npm, Flux and Helm write them.

    >=1.4 <2        both; a comma between them is allowed too
    ^1.4 || 3.x     either
    ^1.2.3          below the next change of the left-most number that is not zero: >=1.2.3 <2.0.0
    ~1.2.3          below the next minor version: >=1.2.3 <1.3.0
    1.4.x, 1.4, *   any version with these numbers
    1.2 - 1.4       from the first of 1.2 to the last of 1.4
    !=1.4.1         any other version

A pre-release is in a range only if one of its comparators names a pre-release, and an upper bound without one excludes
the pre-releases of its version: 2.0.0-rc.1 is not in `<2`. Build metadata counts only in `1.2.3+build`, also after `=`,
which means that build.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from reconciler.errors import InputError
from reconciler.model.excerpt import excerpt
from reconciler.model.version import Version

MAX_LENGTH = 200
"""Characters of a range."""
_FIRST = Version(0, 0, 0, ("0",))
"""The lowest version."""
_X = "xX*"
_NUMBER = rf"(?:0|[1-9][0-9]{{0,17}}|[{_X}])"
_PRE = r"-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_PARTIAL = re.compile(rf"v?({_NUMBER})(?:\.({_NUMBER}))?(?:\.({_NUMBER}))?({_PRE})?(?:[+_]([0-9A-Za-z.-]+))?", re.ASCII)
_ZERO = re.compile(r"(?<![0-9A-Za-z-])v?0[0-9]", re.ASCII)
_COMPARATOR = re.compile(r"(\^|~>?|>=|<=|==?|!=|>|<|)\s*([^\s,<>=!~^|]+)")
_HYPHEN = re.compile(r"\s*([^\s,<>=!~^|]+)\s+-\s+([^\s,<>=!~^|]+)\s*")


@dataclass(frozen=True, slots=True)
class _Span:
    """From one version up to, and without, another; None leaves that end open."""

    low: Version | None
    high: Version | None
    outside: bool = False
    """Whether it means the versions that are not between them."""
    build: str = ""
    """The build metadata that it requires; empty for any."""

    def contains(self, version: Version) -> bool:
        if self.build and version.build != self.build:
            return False
        inside = (self.low is None or version >= self.low) and (self.high is None or version < self.high)
        return inside is not self.outside


@dataclass(frozen=True, slots=True)
class _Every:
    """Comparators that must all hold."""

    spans: tuple[_Span, ...]
    pre: bool
    """Whether one of them names a pre-release."""

    def contains(self, version: Version) -> bool:
        return (self.pre or not version.pre) and all(span.contains(version) for span in self.spans)

    @property
    def is_empty(self) -> bool:
        """Whether no version fits.

        The versions that fit form intervals, and each interval begins at an end of a span. If the first version of an
        interval is a pre-release that is excluded, its release fits, or no version of the interval does.
        """
        ends = [end for span in self.spans for end in (span.low, span.high) if end is not None]
        firsts = ends if self.pre else [replace(each, pre=()) for each in (*ends, _FIRST)]
        return not any(self.contains(version) for version in (*firsts, _FIRST))


@dataclass(frozen=True, slots=True)
class VersionRange:
    """A range of versions, as a whole."""

    text: str
    """The range as it was written."""
    alternatives: tuple[_Every, ...]

    @classmethod
    def parse(cls, text: str) -> VersionRange:
        """Read a range. Raises `InputError` that names the wrong part."""
        if not text.strip() or len(text) > MAX_LENGTH:
            raise InputError(
                f'semver is empty or longer than {MAX_LENGTH} characters. Write a range such as ">=1.4 <2", or "*".'
            )
        return cls(text.strip(), tuple(_every(part) for part in text.split("||")))

    def contains(self, version: Version) -> bool:
        """Whether the version is in the range."""
        return any(every.contains(version) for every in self.alternatives)

    @property
    def is_empty(self) -> bool:
        """Whether no version is in the range."""
        return all(every.is_empty for every in self.alternatives)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class _Partial:
    """A version as ranges write it: the first one, two or three numbers."""

    numbers: tuple[int, ...]
    pre: tuple[str, ...]
    build: str = ""

    @classmethod
    def parse(cls, text: str) -> _Partial:
        match = _PARTIAL.fullmatch(text)
        if match is None and _ZERO.search(text):
            raise InputError(f"semver: {excerpt(text)} is not a version: a number has a 0 in front. Leave the 0 out.")
        if match is None:
            raise InputError(f"semver: {excerpt(text)} is not a version. Write 1, 1.4, 1.4.2, 1.x or 1.4.2-rc.1.")
        given = [group for group in match.groups()[:3] if group is not None]
        known = given[: next((index for index, group in enumerate(given) if group in _X), len(given))]
        if match[5] and len(known) < 3:  # noqa: PLR2004 - a whole version
            raise InputError(f"semver: {excerpt(text)} names a build of no whole version. Write all three numbers.")
        return cls(tuple(map(int, known)), tuple(match[4][1:].split(".")) if match[4] else (), match[5] or "")

    @property
    def floor(self) -> Version:
        """The lowest version with these numbers."""
        major, minor, patch = (*self.numbers, 0, 0, 0)[:3]
        return Version(major, minor, patch, self.pre, self.build)

    @property
    def ceiling(self) -> Version | None:
        """The lowest version above all with these numbers; None if every version has them."""
        if len(self.numbers) == 3:  # noqa: PLR2004 - a whole version
            return Version(*self.numbers, (*self.pre, "0")) if self.pre else _after(self.numbers, 2)
        return _after(self.numbers, len(self.numbers) - 1) if self.numbers else None


def _after(numbers: tuple[int, ...], place: int) -> Version:
    """The first pre-release of the version with the next number at that place: below it is below all of its own."""
    raised = [*numbers[:place], numbers[place] + 1, 0, 0][:3]
    return Version(raised[0], raised[1], raised[2], ("0",))


def _below(partial: _Partial) -> Version:
    """What `<` means: a version without a pre-release keeps its own pre-releases out."""
    floor = partial.floor
    return floor if floor.pre else Version(floor.major, floor.minor, floor.patch, ("0",))


def _exactly(partial: _Partial) -> _Span:
    return _Span(partial.floor, partial.ceiling, build=partial.build)


def _caret(partial: _Partial) -> _Span:
    numbers = partial.numbers
    if not numbers:
        return _Span(partial.floor, None)
    place = next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
    return _Span(partial.floor, _after(numbers, place))


def _tilde(partial: _Partial) -> _Span:
    if not partial.numbers:
        return _Span(partial.floor, None)
    return _Span(partial.floor, _after(partial.numbers, min(1, len(partial.numbers) - 1)))


_SPANS: dict[str, Callable[[_Partial], _Span]] = {
    "": _exactly,
    "=": _exactly,
    "==": _exactly,
    "!=": lambda partial: _Span(partial.floor, partial.ceiling, outside=True),
    ">=": lambda partial: _Span(partial.floor, None),
    "<": lambda partial: _Span(None, _below(partial)),
    ">": lambda partial: _Span(partial.ceiling, None) if partial.ceiling else _Span(None, None, outside=True),
    "<=": lambda partial: _Span(None, partial.ceiling),
    "^": _caret,
    "~": _tilde,
    "~>": _tilde,
}


def _every(text: str) -> _Every:
    hyphen = _HYPHEN.fullmatch(text)
    if hyphen is not None:
        low, high = _Partial.parse(hyphen[1]), _Partial.parse(hyphen[2])
        _check_build(hyphen[0].strip(), low.build or high.build)
        return _Every((_Span(low.floor, high.ceiling),), bool(low.pre or high.pre))
    spans: list[_Span] = []
    pre = False
    rest = text.strip(" \t\r\n,")
    if not rest:
        raise InputError("semver has nothing on one side of ||. Write a range on both sides.")
    while rest:
        match = _COMPARATOR.match(rest)
        if match is None:
            raise InputError(f"semver: {excerpt(rest)} is not a comparator. Write >=1.4, <2, ^1.4, ~1.4.2 or 1.x.")
        partial = _Partial.parse(match[2])
        if _SPANS[match[1]] is not _exactly:
            _check_build(match[0], partial.build)
        spans.append(_SPANS[match[1]](partial))
        pre = pre or bool(partial.pre)
        rest = rest[match.end() :].lstrip(" \t\r\n,")
    return _Every(tuple(spans), pre)


def _check_build(text: str, build: str) -> None:
    """Build metadata has no order (SemVer 10), so a comparison with it cannot be `<` or `>`."""
    if build:
        raise InputError(
            f"semver: {excerpt(text)} names a build, and builds have no order. Leave {excerpt(f'+{build}')} out, or "
            "write the one version that is meant."
        )
