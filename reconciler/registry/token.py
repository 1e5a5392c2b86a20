"""Grants: the tokens and challenges that were got, so that each is asked for once.

A token is kept by registry, realm, service, credential and scopes. A challenge is kept by registry and repository: it
says which of those tokens the next request needs, so that a known repository answers without a 401 first.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from reconciler.registry.challenge import Challenge
from reconciler.registry.credentials import Credential

MIN_LIFE = 60.0
"""Seconds: what a token lives at least, and where the server does not say (distribution, token specification)."""
MAX_LIFE = 12 * 3600.0
"""Seconds; a longer promise is not relied on."""
_MAX_KEPT = 10_000
_USABLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class TokenKey:
    """What a token is good for."""

    registry: str
    realm: str
    service: str
    credential: Credential | None
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Token:
    """A Bearer token and how long it may be used, in seconds on the monotonic clock."""

    text: str = field(repr=False)
    expires: float


def parse_token(body: bytes, now: float) -> Token | None:
    """The token in a token server's answer, or None if there is no usable one.

    `token` and `access_token` mean the same; the life is at least a minute, and ends 5 s or a tenth early.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    texts = (answer.get("token"), answer.get("access_token"))
    text = next((text for text in texts if isinstance(text, str) and _USABLE.fullmatch(text)), None)
    life = _life(answer.get("expires_in"))
    return None if text is None else Token(text, now + life - min(5.0, life / 10))


def _life(expires_in: object) -> float:
    if isinstance(expires_in, bool) or not isinstance(expires_in, int | float):
        return MIN_LIFE
    return float(min(max(MIN_LIFE, expires_in), MAX_LIFE))  # in this order no NaN comes out


class Grants:
    """Remembers tokens and challenges; thread-safe. `flight` lets one thread ask while others wait for the answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[TokenKey, Token] = {}
        self._challenges: dict[tuple[str, str], Challenge] = {}
        self._flights: dict[Hashable, threading.Lock] = {}

    def token(self, key: TokenKey, now: float) -> Token | None:
        """A token that is still good, or None."""
        with self._lock:
            token = self._tokens.get(key)
        return token if token is not None and token.expires > now else None

    def keep_token(self, key: TokenKey, token: Token) -> None:
        """Remember a token."""
        with self._lock:
            _make_room(self._tokens)
            self._tokens[key] = token

    def challenge(self, registry: str, repository: str) -> Challenge | None:
        """The challenge that this repository answered with before, or None."""
        with self._lock:
            return self._challenges.get((registry, repository))

    def keep_challenge(self, registry: str, repository: str, challenge: Challenge) -> None:
        """Remember how a repository wants to be asked."""
        with self._lock:
            _make_room(self._challenges)
            self._challenges[registry, repository] = challenge

    def flight(self, key: Hashable) -> threading.Lock:
        """The lock to hold while asking for a grant of that kind."""
        with self._lock:
            if key not in self._flights:
                _make_room(self._flights)
            return self._flights.setdefault(key, threading.Lock())


def _make_room(kept: dict[Any, Any]) -> None:
    if len(kept) >= _MAX_KEPT:
        kept.pop(next(iter(kept)))
