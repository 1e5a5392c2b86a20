"""Challenges: what a 401 says about how to be let in (`WWW-Authenticate`, RFC 9110 section 11.6.1).

The parser takes what registries really send: several challenges in one header, any case, values without quotes,
commas inside quotes, headers that end in the middle. What it cannot read it leaves out; it raises nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_TOKEN = re.compile(r"[^\s,=\"]+")
_SPACE = re.compile(r"[\s,]*")
_EQUALS = re.compile(r"[ \t]*=[ \t]*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)(?:"|\\?$)', re.DOTALL)
_UNQUOTED = re.compile(r"[^\s,]*")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way in: `basic` or `bearer` (others are passed on by name only to be skipped)."""

    scheme: str
    """Lower case."""
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Names in lower case."""

    @property
    def realm(self) -> str:
        """For Bearer the token server, possibly relative to the request; empty where none was sent."""
        return self.parameters.get("realm", "")

    @property
    def service(self) -> str:
        """What to ask the token for; empty where none was sent."""
        return self.parameters.get("service", "")

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that the request needs; empty where none were sent."""
        return tuple(self.parameters.get("scope", "").split())

    @property
    def rejects_token(self) -> bool:
        """Whether the token that was sent was the problem (RFC 6750, section 3.1)."""
        return self.parameters.get("error") in {"invalid_token", "insufficient_scope"}


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """Every challenge in a header value, in order; several headers may have been joined with commas."""
    found: list[tuple[str, dict[str, str]]] = []
    at = 0
    while token := _TOKEN.match(header, _skip(header, at)):
        equals = _EQUALS.match(header, token.end())
        if equals is None:
            found.append((token[0].lower(), {}))
            at = token.end()
            continue
        value, at = _value(header, equals.end())
        if found:
            found[-1][1].setdefault(token[0].lower(), value)
    return tuple(Challenge(scheme, parameters) for scheme, parameters in found)


def usable_challenge(header: str) -> Challenge | None:
    """The challenge to answer, or None: Bearer with a realm comes before Basic, as Gitea and GitLab expect."""
    challenges = parse_challenges(header)
    bearers = (challenge for challenge in challenges if challenge.scheme == "bearer" and challenge.realm)
    basics = (challenge for challenge in challenges if challenge.scheme == "basic")
    return next(bearers, None) or next(basics, None)


def _skip(header: str, at: int) -> int:
    """The next place where a token can begin; stray quotes and equal signs are no tokens and are passed over."""
    while True:
        space = _SPACE.match(header, at)
        at = space.end() if space else at
        if at >= len(header) or header[at] not in '="':
            return at
        at += 1


def _value(header: str, at: int) -> tuple[str, int]:
    quoted = _QUOTED.match(header, at)
    if quoted is not None:
        return _ESCAPED.sub(r"\1", quoted[1]), quoted.end()
    bare = _UNQUOTED.match(header, at)
    return (bare[0], bare.end()) if bare else ("", at)
