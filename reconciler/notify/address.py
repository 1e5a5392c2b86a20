"""Addresses of sinks: where a connection may go, and which host may get a token (design 3.6, 3.10).

| what                                | allowed                                                        |
| ----------------------------------- | -------------------------------------------------------------- |
| a public address                    | always                                                         |
| a private, loopback or other one    | if `allowPrivate` of the Installation names it                  |
| a token from `secretsDir`           | only below an URL that `sinkSecrets` names beside it            |
| the secret of a receiver            | never, unless `sinkSecrets` names it too                        |

Names are judged by the address that the connection is made to, so a name that changes its address gains nothing.
"""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from reconciler.errors import RemoteError
from reconciler.model.config import Installation, Sink
from reconciler.model.sink_kind import SINK_KINDS, SecretUse
from reconciler.transport import guard
from reconciler.transport.message import Origin
from reconciler.transport.reach import Reach

_ADVICE = "Allow it with allowPrivate of the Installation if it is correct."


def reach_of(url: str, installation: Installation) -> Reach:
    """The addresses that a sink at this URL may have; raises `RemoteError` for an URL that must not be called."""
    origin = Origin.of(url)
    if "@" in urlsplit(url).netloc:
        raise RemoteError(f"{origin.name} has a user name in its address, which is refused.", host=origin.name)
    if guard.is_private(origin.host) and not guard.is_allowed(origin, installation.allow_private):
        raise RemoteError(f"{origin.name} is a private address, which is refused. {_ADVICE}", host=origin.name)
    return guard.reach_elsewhere(origin, installation.allow_private, _ADVICE)


def forbidden_use(sink: Sink, installation: Installation) -> str | None:
    """Why the sink must not use its secret at its address: a sentence for a person; None if it may."""
    if sink.secret is None:
        return None
    rules = [rule for rule in installation.sink_secrets if rule.name == sink.secret]
    if SINK_KINDS[sink.kind].secret is SecretUse.TOKEN:
        return None if any(_is_below(sink.url, url) for rule in rules for url in rule.urls) else _unlisted(sink)
    receivers = {receiver.secret for receiver in (*installation.receivers, *installation.git_receivers)}
    if sink.secret in receivers and not rules:
        return f"its secret {sink.secret} is that of a receiver. Write another file for the sink."
    return None


def _unlisted(sink: Sink) -> str:
    try:
        host = str(Origin.of(sink.url))
    except RemoteError:
        host = "its address"
    return f"its secret {sink.secret} may not be sent to {host}. Name both in `sinkSecrets` of the Installation."


def _is_below(url: str, allowed: str) -> bool:
    """Whether the origins are the same and the path begins with the whole parts of the allowed one."""
    try:
        if Origin.of(url) != Origin.of(allowed):
            return False
    except RemoteError:
        return False
    parts, beginning = _parts(url), _parts(allowed)
    return not _climbs(urlsplit(url).path) and parts[: len(beginning)] == beginning


def _parts(url: str) -> list[str]:
    path = urlsplit(url).path.removeprefix("/").removesuffix("/")
    return path.split("/") if path else []


def _climbs(path: str) -> bool:
    """Whether a reader could take a part of the path for a way upwards, however often it decodes it."""
    for _ in range(3):
        if any(part in {".", ".."} for part in path.replace("\\", "/").split("/")):
            return True
        path = unquote(path)
    return False
