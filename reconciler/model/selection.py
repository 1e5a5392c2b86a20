"""Selections: which tags of a repository a spec tag selects from, and their order (annotation `reconciler/select`).

semver: ">=1.4 <2"                  tags that are versions in a range, by version
regex: "^main-(?P<n>[0-9]+)$"       tags that match, by the part that a group takes …
order: number | text | semver       … as number, as text, or as version
newest: true                        all tags, by the time their images were built
match, exclude                      with any of them: a pattern or a list; one of `match`, none of `exclude`
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import total_ordering

from reconciler.errors import InputError
from reconciler.model.excerpt import excerpt
from reconciler.model.pattern import AnyOf, Pattern
from reconciler.model.version import Key, Version
from reconciler.model.version_range import VersionRange

MAX_PATTERNS = 20
"""Of `match`, and of `exclude`."""
_FIELDS = ("semver", "regex", "extract", "order", "newest", "match", "exclude")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?", re.ASCII)


class Order(StrEnum):
    """The property that orders tags."""

    SEMVER = "semver"
    NUMBER = "number"
    TEXT = "text"
    NEWEST = "newest"


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Rank:
    """The place of a tag in its selection's order; the greatest is chosen. Equal ranks are neither newer nor older."""

    by: Key | Decimal | str
    """One selection ranks by one type."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rank) and self.by == other.by

    def __lt__(self, other: Rank) -> bool:
        return self.by < other.by  # type: ignore[operator] # see there

    def __hash__(self) -> int:
        return hash(self.by)


@dataclass(frozen=True, slots=True)
class Selection:
    """A policy over the tags of one repository."""

    order: Order
    range: VersionRange | None = None
    regex: Pattern | None = None
    extract: str | None = None
    """The group of `regex` that orders tags; None for the whole match."""
    match: AnyOf | None = None
    exclude: AnyOf | None = None

    @classmethod
    def of(cls, value: Mapping[str, str | tuple[str, ...]]) -> Selection:
        """The selection that an annotation's mapping means. Raises `InputError` with advice."""
        unknown = next((key for key in value if key not in _FIELDS), None)
        if unknown is not None:
            raise InputError(f"{excerpt(unknown)} is unknown. Known are {', '.join(_FIELDS)}.")
        texts = {key: _one(key, each) for key, each in value.items() if key not in {"match", "exclude"}}
        regex = Pattern.parse(texts["regex"], "regex") if "regex" in texts else None
        return cls(
            order=_order(texts),
            range=_range(texts["semver"]) if "semver" in texts else None,
            regex=regex,
            extract=_group(regex, texts.get("extract")),
            match=_patterns("match", value),
            exclude=_patterns("exclude", value),
        )

    def admits(self, tag: str) -> bool:
        """Whether the filters let a tag of the registry through."""
        if self.exclude is not None and self.exclude.matches(tag):
            return False
        return self.match is None or self.match.matches(tag)

    def rank(self, tag: str) -> Rank | None:
        """The rank of a tag; None for a tag that the selection rules out. With `newest` all ranks are equal."""
        if not self.admits(tag):
            return None
        part = tag if self.regex is None else self.regex.extract(tag, self.extract)
        return None if part is None else _RANKS[self.order](part, self.range)

    def padded(self, tag: str) -> Rank | None:
        """The rank that a tag would have without the leading zeros that keep it from being a version; else None."""
        if self.order is not Order.SEMVER or not self.admits(tag):
            return None
        part = tag if self.regex is None else self.regex.extract(tag, self.extract)
        version = Version.unpadded(part) if part is not None else None
        if version is None or (self.range is not None and not self.range.contains(version)):
            return None
        return Rank(version.key)

    def __str__(self) -> str:
        if self.range is not None:
            return f"semver {self.range}"
        return f"regex {self.regex} by {self.order}" if self.regex is not None else "newest"


def _version(part: str, wanted: VersionRange | None) -> Rank | None:
    version = Version.parse(part)
    if version is None or (wanted is not None and not wanted.contains(version)):
        return None
    return Rank(version.key)


def _number(part: str, _: VersionRange | None) -> Rank | None:
    return Rank(Decimal(part)) if _NUMBER.fullmatch(part) else None


_RANKS: Mapping[Order, Callable[[str, VersionRange | None], Rank | None]] = {
    Order.SEMVER: _version,
    Order.NUMBER: _number,
    Order.TEXT: lambda part, _: Rank(part),
    Order.NEWEST: lambda _, __: Rank(""),
}


def _range(text: str) -> VersionRange:
    found = VersionRange.parse(text)
    if found.is_empty:
        raise InputError(f'semver: no version is in {excerpt(text)}. Write a range such as ">=1.4 <2", or "*".')
    return found


def _one(key: str, value: str | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        raise InputError(f"{key} is a list. Write one value.")
    return value


def _order(texts: Mapping[str, str]) -> Order:
    """The property that orders tags: exactly one of its keys must be present."""
    ways = [key for key in ("semver", "order", "newest") if key in texts]
    if "regex" in texts and not ways:
        raise InputError("regex needs an order. Write order: number, text or semver beside it.")
    if len(ways) != 1:
        found = " and ".join(ways) if ways else "nothing"
        raise InputError(f"it says {found}. Write one of semver, regex with an order, or newest.")
    if "newest" in texts:
        if texts["newest"] != "true" or "regex" in texts:
            raise InputError("newest is written as newest: true, with match and exclude as filters and without regex.")
        return Order.NEWEST
    if "order" not in texts:
        return Order.SEMVER
    if "regex" not in texts:
        raise InputError("order needs a regex. Write the pattern whose part is to be ordered by.")
    if texts["order"] not in {Order.NUMBER, Order.TEXT, Order.SEMVER}:
        raise InputError(f"order is {excerpt(texts['order'])}. Write number, text or semver.")
    return Order(texts["order"])


def _group(regex: Pattern | None, extract: str | None) -> str | None:
    """The group that orders tags: the named one, else the only one, else the whole match."""
    if regex is None:
        if extract is not None:
            raise InputError("extract needs a regex. Write the pattern whose group it names.")
        return None
    if extract is None:
        if len(regex.groups) > 1:
            raise InputError(f"regex has {len(regex.groups)} groups. Write extract: with the one to order by.")
        return regex.groups[0] if regex.groups else None
    name = extract.removeprefix("$").strip("{}")
    if name not in regex.groups:
        raise InputError(
            f"extract is {excerpt(extract)}, which is not a group of the regex. Write (?P<name>...) in it."
        )
    return name


def _patterns(key: str, value: Mapping[str, str | tuple[str, ...]]) -> AnyOf | None:
    given = value.get(key, ())
    texts = (given,) if isinstance(given, str) else given
    if key in value and not texts:
        raise InputError(f"{key} is a list of nothing. Write a pattern in it, or take it out.")
    if len(texts) > MAX_PATTERNS:
        raise InputError(f"{key} has {len(texts)} patterns. Write {MAX_PATTERNS} at most.")
    return AnyOf.parse(texts, key) if texts else None
