"""Likeness: the known names that were probably meant by an unknown or misspelt one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches

_ALIKE = 0.65
"""The least equal share of two words, by difflib's measure: `prd` is like `prod`, `dev` is not like `new`."""
_ALIKE_WORD = 0.7
"""The same for the names of fields and choices, which are longer."""
_LONGEST_WORD = 80
"""Characters that are compared."""
_MOST = 3
"""The most names in one suggestion."""
_ANOTHER_CASE = 0.01
_ELSEWHERE = 1.0
"""The additional distance of another spelling in another namespace."""


def nearest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """The names nearest to a stream's or istag's, all with their namespaces, best first; none where the name is known.

    The same name in another namespace comes first, then other spellings. Where no istag is near, the streams are that
    have the same name in other namespaces.
    """
    names = sorted(set(known))
    if name in names:
        return ()
    wanted = _Parts.of(name)
    rated = sorted((far, each) for each in names if (far := wanted.distance(_Parts.of(each))) is not None)
    near = [each for far, each in rated if far - rated[0][0] < _ELSEWHERE / 2]
    return tuple((near or _namesakes(wanted, names))[:_MOST])


def nearest_word(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, such as the field `scheduled` for `sheduled`; None if none is near."""
    by_lower = {each.lower(): each for each in sorted(known)}
    found = get_close_matches(word.lower()[:_LONGEST_WORD], by_lower, n=1, cutoff=_ALIKE_WORD)
    return by_lower[found[0]] if found else None


def alike(one: str, other: str) -> float | None:
    """The distance of two words, 0 for the same; None if neither can be meant by the other."""
    if one == other:
        return 0.0
    share = SequenceMatcher(None, one.lower(), other.lower(), autojunk=False).ratio()
    return max(1.0 - share, _ANOTHER_CASE) if share >= _ALIKE else None


@dataclass(frozen=True, slots=True)
class _Parts:
    namespace: str
    stream: str
    tag: str
    """Empty for a stream."""

    @classmethod
    def of(cls, name: str) -> _Parts:
        stream, _, tag = name.partition(":")
        namespace, _, stream = stream.rpartition("/")
        return cls(namespace, stream, tag)

    def distance(self, other: _Parts) -> float | None:
        """The distance of another name; None if it cannot be meant."""
        if bool(self.tag) != bool(other.tag):
            return None
        stream, tag = alike(self.stream, other.stream), alike(self.tag, other.tag)
        if stream is None or tag is None:
            return None
        if self.namespace == other.namespace:
            return stream + tag
        return stream + tag + (_ELSEWHERE if stream + tag else 0.0)


def _namesakes(wanted: _Parts, names: Iterable[str]) -> list[str]:
    """The streams of the same name; none if the stream itself exists, so that only the tag is unknown."""
    streams = {(parts.namespace, parts.stream) for parts in map(_Parts.of, names) if parts.stream == wanted.stream}
    same = (wanted.namespace, wanted.stream) in streams
    return [] if same else [f"{namespace}/{stream}" for namespace, stream in sorted(streams)]
