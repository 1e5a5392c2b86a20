"""Challenges: how a 401 requests credentials (`WWW-Authenticate`, RFC 9110 section 11.6.1).

The parser accepts what real registries send: several challenges in one header, any case, values without quotes, commas
inside quotes, headers that end in the middle. It leaves out what it cannot read and raises no error.
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
    """One way to authenticate: `basic` or `bearer`.

    Other schemes are returned with their name, so that they can be skipped.
    """

    scheme: str
    """In lower case."""
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Names in lower case."""

    @property
    def realm(self) -> str:
        """For Bearer the URL of the token server, possibly relative to the request; empty if there is none."""
        return self.parameters.get("realm", "")

    @property
    def service(self) -> str:
        """The `service` parameter of the token request; empty if there is none."""
        return self.parameters.get("service", "")

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that the request needs; empty if there are none."""
        return tuple(self.parameters.get("scope", "").split())

    @property
    def rejects_token(self) -> bool:
        """Whether the server rejects the token that was sent (RFC 6750, section 3.1)."""
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
    """The position of the next token; stray quotes and equal signs are skipped."""
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
