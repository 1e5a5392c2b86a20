"""Authentication as a pure conversation: a generator yields requests and receives their responses.

It neither sends nor waits, so a test can give it a table of answers. The caller sends what it yields and throws nothing
into it. The order is that of other clients: first the request without a token (or with a cached one), then what the
challenge requests, then once more if the token was rejected.

- Basic: user name and password, to the registry itself.
- Bearer: a GET to the realm, with Basic if there is a password. If there is an identity token, or a refresh token that
  the realm issued earlier, a POST with it comes first. If the token server does not accept the POST (400, 401, 404,
  405) and there is another way, the GET follows.
- A 401 without a challenge (gcr.io sent such) is answered with the challenge of `GET /v2/`.
- A 401 from another host after a redirect is not answered, because credentials must not go to that host.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Hashable
from dataclasses import dataclass, replace
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from reconciler.clock import Clock
from reconciler.registry.answer_error import mismatch, token_error
from reconciler.registry.challenge import Challenge, usable_challenge
from reconciler.registry.credentials.credential import Credential
from reconciler.registry.token import Token, TokenCache, TokenKey, parse_token
from reconciler.transport.guard import check_realm
from reconciler.transport.message import HttpRequest, HttpResponse, Origin

CLIENT_ID = "imagestream-reconciler"
# Answers of token servers that do not support POST (GCR 404, JFrog 401, ACR 400, others 405).
_NO_POST = {400, 401, 404, 405}

Flow = Generator[HttpRequest, HttpResponse, HttpResponse]


@dataclass(frozen=True, slots=True)
class RegistryAccess:
    """How one repository of one registry is accessed."""

    base: str
    """The registry's base URL."""
    repository: str
    credential: Credential | None
    tokens: TokenCache
    clock: Clock
    allow_private: Collection[str] = ()
    insecure: bool = False
    """Whether the registry is declared insecure, so that its token server may also be reached over plain http."""
    shows_certificate: bool = False
    """Whether a client certificate may be sent. Tokens that were issued with one are kept apart from the others."""

    @property
    def shown(self) -> str:
        """The place that the credentials came from, for messages; empty if there are none."""
        return self.credential.origin if self.credential is not None else ""


def authorized(request: HttpRequest, access: RegistryAccess) -> Flow:
    """Send a request with the right `Authorization`; returns the last response, which may be a 401.

    Raises `RemoteError` if the token server refuses, sends an unusable answer, or is at an address that is not allowed.
    """
    sent = _cached_header(access)
    response = yield _with_header(request, sent)
    if not _is_challenge(request, response):
        return response
    return (yield from _answer(request, response, sent, access))


def request_key(response: HttpResponse, access: RegistryAccess) -> Hashable:
    """The key of what this 401 requests: the token, or the challenge of `GET /v2/`.

    One thread at a time requests it.
    """
    challenge = _challenge(response)
    if challenge is None or challenge.scheme == "basic":
        return access.base, access.repository, access.credential, access.shows_certificate
    return _key(challenge, access)


def _answer(request: HttpRequest, response: HttpResponse, sent: str | None, access: RegistryAccess) -> Flow:
    """Answer the challenge of a 401, and answer once more if the new token is rejected."""
    challenge = _challenge(response) or (yield from _ping(access))
    for _ in range(2):
        header = None if challenge is None else (yield from _header(challenge, sent, access))
        if challenge is None or header in (None, sent):
            return response
        access.tokens.keep_challenge(access.base, access.repository, challenge)
        sent, response = header, (yield _with_header(request, header))
        challenge = _challenge(response)
        if not _is_challenge(request, response) or challenge is None or not challenge.rejects_token:
            return response
    return response


def _ping(access: RegistryAccess) -> Generator[HttpRequest, HttpResponse, Challenge | None]:
    request = HttpRequest("GET", f"{access.base}/v2/")
    response = yield request
    return _challenge(response) if _is_challenge(request, response) else None


def _challenge(response: HttpResponse) -> Challenge | None:
    """The challenge of a 401. Its realm is made absolute, because it may be relative to the request's URL."""
    found = usable_challenge(response.headers.get("www-authenticate", ""))
    if found is None or found.scheme == "basic":
        return found
    try:
        realm = urljoin(response.url, found.realm)
    except ValueError:
        realm = found.realm  # not a URL; `check_realm` refuses it
    return replace(found, parameters={**found.parameters, "realm": realm})


def _header(
    challenge: Challenge, refused: str | None, access: RegistryAccess
) -> Generator[HttpRequest, HttpResponse, str | None]:
    """The `Authorization` that a challenge requests; None if there is none or only the rejected one."""
    credential = access.credential
    if challenge.scheme == "basic":
        return credential.basic if credential is not None and credential.has_password else None
    if credential is not None and credential.registry_token:
        return f"Bearer {credential.registry_token}"
    key = _key(challenge, access)
    token = access.tokens.token(key, access.clock.monotonic())
    if token is None or _bearer(token) == refused:
        token = yield from _fetch_token(key, access)
        access.tokens.keep_token(key, token)
    return _bearer(token)


def _fetch_token(key: TokenKey, access: RegistryAccess) -> Generator[HttpRequest, HttpResponse, Token]:
    """Request a token from the token server; raises `RemoteError` if it gives none."""
    check_realm(key.realm, registry=access.base, allowed=access.allow_private, insecure=access.insecure)
    response = yield from _exchange_refresh_token(key, access)
    if response is None:
        response = yield _token_get(key, access.credential)
    if response.status != HTTPStatus.OK:
        raise token_error(response, access.shown)
    token = parse_token(response.body, access.clock.monotonic(), access.clock.now())
    if token is None:
        raise mismatch(Origin.of(response.url).name, "answers without a token where one was asked for.")
    return token


def _exchange_refresh_token(
    key: TokenKey, access: RegistryAccess
) -> Generator[HttpRequest, HttpResponse, HttpResponse | None]:
    """Exchange the refresh token, or else the identity token, for a token; None if only the GET remains."""
    refresh_token = access.tokens.refresh_token(key)
    if refresh_token:
        response = yield _token_post(key, refresh_token)
        if response.status not in _NO_POST:
            return response
        access.tokens.drop_refresh_token(key)
    credential = access.credential
    if credential is None or not credential.identity_token:
        return None
    response = yield _token_post(key, credential.identity_token)
    return None if response.status in _NO_POST and credential.has_password else response


def _token_get(key: TokenKey, credential: Credential | None) -> HttpRequest:
    """A request by Distribution's token specification: query parameters, scope repeated, credentials as Basic."""
    query = [("service", key.service)] if key.service else []
    query += [("scope", scope) for scope in key.scopes]
    query.append(("client_id", CLIENT_ID))
    parts = urlsplit(key.realm)
    url = urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query), *query]), fragment=""))
    has_password = credential is not None and credential.has_password
    return HttpRequest("GET", url, {"Authorization": credential.basic} if credential and has_password else {})


def _token_post(key: TokenKey, refresh_token: str) -> HttpRequest:
    """A request by Distribution's OAuth2 specification: all parameters in a form, the scopes as one value."""
    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token,
        "service": key.service,
        "scope": " ".join(key.scopes),
        "client_id": CLIENT_ID,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return HttpRequest("POST", key.realm, headers, urlencode(form, errors="surrogateescape").encode("ascii"))


def _key(challenge: Challenge, access: RegistryAccess) -> TokenKey:
    scopes = challenge.scopes or (f"repository:{access.repository}:pull",)
    return TokenKey(
        access.base, challenge.realm, challenge.service, access.credential, scopes, access.shows_certificate
    )


def _cached_header(access: RegistryAccess) -> str | None:
    """The header that answered this repository's last challenge, if it is still valid."""
    challenge = access.tokens.challenge(access.base, access.repository)
    credential = access.credential
    if challenge is None:
        return None
    if challenge.scheme == "basic":
        return credential.basic if credential is not None and credential.has_password else None
    if credential is not None and credential.registry_token:
        return f"Bearer {credential.registry_token}"
    token = access.tokens.token(_key(challenge, access), access.clock.monotonic())
    return None if token is None else _bearer(token)


def _bearer(token: Token) -> str:
    return f"Bearer {token.text}"


def _with_header(request: HttpRequest, header: str | None) -> HttpRequest:
    return request if header is None else replace(request, headers={**request.headers, "Authorization": header})


def _is_challenge(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether the registry itself requests credentials; a 401 of a host that it redirected to does not count."""
    return response.status == HTTPStatus.UNAUTHORIZED and Origin.of(response.url) == Origin.of(request.url)
