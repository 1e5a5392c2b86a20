"""Claims: two istags, or two parts of a pull spec, for one value of a file. Nothing is written there.

| the same value                                    | is                                            |
| ------------------------------------------------- | --------------------------------------------- |
| twice with the same istag and part                | one field                                     |
| by a trigger, marker or target, and by lookup     | the field of the trigger, marker or target    |
| by two triggers with different istags             | no field; warnings, as OpenShift accepts them |
| otherwise with different istags or parts          | no field; errors                              |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reconciler.model.excerpt import bare
from reconciler.model.finding import Finding, Severity
from reconciler.model.image_field import ImageField, Part, Via
from reconciler.rules.table import severity

_RULE = "conflicting-image"


@dataclass(frozen=True, slots=True)
class Claims:
    """The fields that one istag claims, in the given order, and a finding at each place of the others."""

    fields: tuple[ImageField, ...]
    findings: tuple[Finding, ...]


def settle_claims(fields: Iterable[ImageField]) -> Claims:
    """Join the fields that are the same, and leave out those that claim one value differently."""
    values: dict[tuple[object, ...], list[ImageField]] = {}
    for each in fields:
        values.setdefault((each.file, each.document, each.path), []).append(each)
    kept: list[ImageField] = []
    findings: list[Finding] = []
    for claims in values.values():
        explicit = [each for each in claims if each.via is not Via.LOOKUP] or claims
        if len({(each.istag, each.part) for each in explicit}) == 1:
            kept.append(min(explicit, key=lambda each: each.paused))
        else:
            findings.extend(_findings(explicit))
    return Claims(tuple(kept), tuple(findings))


def _findings(claims: Sequence[ImageField]) -> Iterator[Finding]:
    accepted = all(each.via is Via.TRIGGER for each in claims)
    first = claims[0]
    another = next(each for each in claims if (each.istag, each.part) != (first.istag, first.part))
    for each in claims:
        other = another if (each.istag, each.part) == (first.istag, first.part) else first
        text = (
            f"{bare(each.field)} follows {_what(each)} by a {each.via} and {_what(other)} by a {other.via} "
            f"({bare(other.position.file)}:{other.position.line}), so nothing is written there. Take one of them out."
        )
        level = Severity.WARNING if accepted else severity(_RULE)
        yield Finding(each.position, level, _RULE, each.field, text)


def _what(claim: ImageField) -> str:
    return str(claim.istag) if claim.part is Part.PULL_SPEC else f"the {claim.part} of {claim.istag}"
