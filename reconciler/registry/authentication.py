"""Authentication as a pure conversation: a generator yields requests and is given their responses.

It neither sends nor waits, so that it can be tested as a table of answers. Whoever drives it sends what it yields and
throws nothing into it. The order is that of the other clients: first without a token (or with one that is kept), then
what the challenge asks for, then once more if the token was refused.

- Basic: user name and password, to the registry itself.
- Bearer: a GET to the realm, with Basic where there is a password. Where there is an identity token, or a refresh token
  that the realm handed out earlier, a POST with it comes first, and the GET after it where the token server does not
  take that (400, 401, 404, 405) and there is another way.
- A 401 without a challenge (gcr.io did that) is answered with the challenge of `GET /v2/`.
- An answer that came from elsewhere by a redirect is not authenticated to: nothing of ours belongs there.
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
from reconciler.transport.message import Origin, Request, Response

CLIENT_ID = "imagestream-reconciler"
# A token server that has no POST answers it so (GCR 404, JFrog 401, ACR 400, others 405).
_NO_POST = {400, 401, 404, 405}

Flow = Generator[Request, Response, Response]


@dataclass(frozen=True, slots=True)
class RegistryAccess:
    """Who asks for which repository where."""

    base: str
    """The registry's base URL."""
    repository: str
    credential: Credential | None
    tokens: TokenCache
    clock: Clock
    allow_private: Collection[str] = ()
    insecure: bool = False
    """Whether the registry is declared insecure, so that plain http to its token server is allowed too."""
    shows_certificate: bool = False
    """Whether a client certificate may be shown: what it opened is not for whoever may not show it."""

    @property
    def shown(self) -> str:
        """Where the credentials are from that are shown, for messages; empty where none are."""
        return self.credential.origin if self.credential is not None else ""


def authorized(request: Request, access: RegistryAccess) -> Flow:
    """Ask with the right `Authorization`; returns the last response, a 401 included.

    Raises `RemoteError` when the token server refuses, answers nonsense, or lies where it may not.
    """
    sent = _cached_header(access)
    response = yield _with_header(request, sent)
    if not _is_challenge(request, response):
        return response
    return (yield from _answer(request, response, sent, access))


def request_key(response: Response, access: RegistryAccess) -> Hashable:
    """What only one thread at a time need ask for after this 401: the token, or whatever the ping says is needed."""
    challenge = _challenge(response)
    if challenge is None or challenge.scheme == "basic":
        return access.base, access.repository, access.credential, access.shows_certificate
    return _key(challenge, access)


def _answer(request: Request, response: Response, sent: str | None, access: RegistryAccess) -> Flow:
    """Answer the challenge of a 401, and once more if the token that was got is refused as such."""
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


def _ping(access: RegistryAccess) -> Generator[Request, Response, Challenge | None]:
    request = Request("GET", f"{access.base}/v2/")
    response = yield request
    return _challenge(response) if _is_challenge(request, response) else None


def _challenge(response: Response) -> Challenge | None:
    """The challenge of a 401, its realm made absolute: it may be relative to what was asked for."""
    found = usable_challenge(response.headers.get("www-authenticate", ""))
    if found is None or found.scheme == "basic":
        return found
    try:
        realm = urljoin(response.url, found.realm)
    except ValueError:
        realm = found.realm  # no URL; `check_realm` refuses it
    return replace(found, parameters={**found.parameters, "realm": realm})


def _header(
    challenge: Challenge, refused: str | None, access: RegistryAccess
) -> Generator[Request, Response, str | None]:
    """The `Authorization` that a challenge asks for, other than the one that was refused; None if we have none."""
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


def _fetch_token(key: TokenKey, access: RegistryAccess) -> Generator[Request, Response, Token]:
    """Ask the token server; raises `RemoteError` when it gives none."""
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


def _exchange_refresh_token(key: TokenKey, access: RegistryAccess) -> Generator[Request, Response, Response | None]:
    """Trade what was handed out, or the identity token; None where only the GET is left."""
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


def _token_get(key: TokenKey, credential: Credential | None) -> Request:
    """A request by Distribution's token specification: query parameters, scope repeated, credentials as Basic."""
    query = [("service", key.service)] if key.service else []
    query += [("scope", scope) for scope in key.scopes]
    query.append(("client_id", CLIENT_ID))
    parts = urlsplit(key.realm)
    url = urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query), *query]), fragment=""))
    has_password = credential is not None and credential.has_password
    return Request("GET", url, {"Authorization": credential.basic} if credential and has_password else {})


def _token_post(key: TokenKey, refresh_token: str) -> Request:
    """Distribution's OAuth2 specification: everything in a form, the scopes as one value."""
    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token,
        "service": key.service,
        "scope": " ".join(key.scopes),
        "client_id": CLIENT_ID,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return Request("POST", key.realm, headers, urlencode(form, errors="surrogateescape").encode("ascii"))


def _key(challenge: Challenge, access: RegistryAccess) -> TokenKey:
    scopes = challenge.scopes or (f"repository:{access.repository}:pull",)
    return TokenKey(
        access.base, challenge.realm, challenge.service, access.credential, scopes, access.shows_certificate
    )


def _cached_header(access: RegistryAccess) -> str | None:
    """What the last challenge of this repository was answered with, while it is good."""
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


def _with_header(request: Request, header: str | None) -> Request:
    return request if header is None else replace(request, headers={**request.headers, "Authorization": header})


def _is_challenge(request: Request, response: Response) -> bool:
    """Whether the registry itself, and no host that it redirected to, wants to know who asks."""
    return response.status == HTTPStatus.UNAUTHORIZED and Origin.of(response.url) == Origin.of(request.url)
