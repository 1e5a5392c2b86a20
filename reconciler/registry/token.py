"""The cache of tokens and challenges, so that each is requested once.

A token is kept by registry, realm, service, credential and scopes; a refresh token by all of these except the scopes.
Neither is sent to another realm. A challenge is kept by registry and repository: it tells which token the next request
needs, so that a known repository answers without a 401 first.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from reconciler.registry.challenge import Challenge
from reconciler.registry.credentials.credential import Credential
from reconciler.registry.lifetime import lifetime

MAX_SKEW = 300.0
"""Seconds that a token server's clock may differ from ours; with more, its `issued_at` is ignored."""
_MAX_KEPT = 10_000
_USABLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class TokenKey:
    """The requests that a token is valid for."""

    registry: str
    realm: str
    service: str
    credential: Credential | None
    scopes: tuple[str, ...]
    shows_certificate: bool = False
    """Whether a client certificate may have been sent for it."""


@dataclass(frozen=True, slots=True)
class Token:
    """A Bearer token and the end of its life, in seconds on the monotonic clock."""

    text: str = field(repr=False)
    expires: float
    refresh: str = field(default="", repr=False)
    """The refresh token for the next request; empty if the server sent none."""


def parse_token(body: bytes, now: float, wall: datetime) -> Token | None:
    """The token in a token server's answer, or None if there is no usable one.

    `now` is on the monotonic clock, `wall` on the wall clock. `token` and `access_token` mean the same. The life is at
    least a minute, counts from `issued_at` if that is plausible, and ends 5 s or a tenth early.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    text = _usable(answer.get("token")) or _usable(answer.get("access_token"))
    life = lifetime(answer.get("expires_in"))
    life -= _age(answer.get("issued_at"), wall, life)
    token = Token(text, now + life - min(5.0, life / 10), _usable(answer.get("refresh_token")))
    return token if text else None


def _usable(text: object) -> str:
    """The text if it can be part of a header; empty for anything else."""
    return text if isinstance(text, str) and _USABLE.fullmatch(text) else ""


def _age(issued_at: object, wall: datetime, life: float) -> float:
    """The age of a token in seconds; a server may send one that it made earlier.

    0 if the clocks cannot be compared: `issued_at` is in the future, long ago, or the token would have ended already.
    """
    try:
        seconds = (wall - datetime.fromisoformat(str(issued_at))).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return 0.0  # left out, not a date, or a date without a time zone
    return seconds if 0.0 < seconds <= MAX_SKEW and seconds < life else 0.0


class TokenCache:
    """Keeps tokens and challenges; thread-safe.

    `request_lock` makes other threads wait while one thread requests the same token.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[TokenKey, Token] = {}
        self._refresh_tokens: dict[TokenKey, str] = {}
        self._challenges: dict[tuple[str, str], Challenge] = {}
        self._locks: dict[Hashable, threading.Lock] = {}

    def token(self, key: TokenKey, now: float) -> Token | None:
        """A token that is still valid, or None."""
        with self._lock:
            token = self._tokens.get(key)
        return token if token is not None and token.expires > now else None

    def keep_token(self, key: TokenKey, token: Token) -> None:
        """Keep a token, and the refresh token that came with it."""
        with self._lock:
            _make_room(self._tokens)
            self._tokens[key] = token
            if token.refresh:
                _make_room(self._refresh_tokens)
                self._refresh_tokens[_any_scope(key)] = token.refresh

    def refresh_token(self, key: TokenKey) -> str:
        """The refresh token of the realm, whatever its scopes; empty if there is none."""
        with self._lock:
            return self._refresh_tokens.get(_any_scope(key), "")

    def drop_refresh_token(self, key: TokenKey) -> None:
        """Forget a refresh token that the realm rejected."""
        with self._lock:
            self._refresh_tokens.pop(_any_scope(key), None)

    def challenge(self, registry: str, repository: str) -> Challenge | None:
        """The last challenge of this repository, or None."""
        with self._lock:
            return self._challenges.get((registry, repository))

    def keep_challenge(self, registry: str, repository: str, challenge: Challenge) -> None:
        """Keep the challenge of a repository."""
        with self._lock:
            _make_room(self._challenges)
            self._challenges[registry, repository] = challenge

    def request_lock(self, key: Hashable) -> threading.Lock:
        """The lock to hold while requesting a token of that key."""
        with self._lock:
            if key not in self._locks:
                _make_room(self._locks)
            return self._locks.setdefault(key, threading.Lock())


def _any_scope(key: TokenKey) -> TokenKey:
    return replace(key, scopes=())


def _make_room(kept: dict[Any, Any]) -> None:
    if len(kept) >= _MAX_KEPT:
        kept.pop(next(iter(kept)))
