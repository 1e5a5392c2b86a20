"""A GitHub App: its private key gives the token of one installation, which is valid for one repository for an hour.

    key -> JSON web token (9 minutes) -> POST {api}/app/installations/ID/access_tokens -> token, kept in memory

The token is the password of the user `x-access-token` for git over HTTPS. The request limits it to reading and writing
the contents of the one repository. A new token is made five minutes before the old one ends, or when a host does not
accept it any more. The web token is sent to the API only, also if the API redirects.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from reconciler.clock import Clock
from reconciler.errors import RemoteError, UnavailableError, UsageError
from reconciler.forge.json_web_token import signed
from reconciler.settings import MAX_TOKEN_BYTES
from reconciler.transport.guard import is_loopback
from reconciler.transport.message import HttpRequest, HttpResponse, Origin
from reconciler.transport.reach import ANYWHERE
from reconciler.transport.session import Transport

KEY_OPTION: Final = "--git-app-key-file"
MARGIN: Final = 300.0
"""Seconds before its end when a token is replaced."""
_LEAST_LIFE: Final = 60.0
_MOST_LIFE: Final = 3600.0
_DRIFT: Final = 60  # seconds that GitHub's clock may be behind; GitHub's documentation recommends this
_LIFE: Final = 540  # seconds of the web token; GitHub accepts at most 600
_VERSION: Final = "2022-11-28"
_APP: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_INSTALLATION: Final = re.compile(r"[0-9]{1,20}", re.ASCII)
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,8192}", re.ASCII)
_RETRYABLE: Final = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


@dataclass(frozen=True, slots=True)
class GitHubApp:
    """An App that is installed for the repository's owner."""

    app: str
    """Its client ID or its number."""
    installation: str
    """The number of the installation."""
    key_file: Path
    """Its private key, in the form that GitHub generates."""
    api: str
    """The base URL of the REST API."""
    repository: str
    """The repository's name without its owner."""


def github_app(app: str, installation: str, key_file: Path, api: str | None, remote: str) -> GitHubApp:
    """The App for a remote over HTTPS. Raises `UsageError` for a value that cannot be right.

    The default of `api` is that of github.com, of GHE.com, or of an Enterprise Server at the remote's own address.
    """
    try:
        origin = Origin.of(remote)
    except RemoteError as error:
        text = "--git-app-id is for a remote over https. Name a key with --git-key-file for ssh."
        raise UsageError(text) from error
    if not _APP.fullmatch(app):
        raise UsageError(
            "--git-app-id is not the ID of an App. Copy the client ID, or the number, from the App's settings."
        )
    if not _INSTALLATION.fullmatch(installation):
        raise UsageError(
            "--git-app-installation-id is not a number. It ends the address of the installation's settings."
        )
    base = (api or _api(origin)).rstrip("/")
    _check_api(base)
    name = urlsplit(remote).path.rstrip("/").rpartition("/")[2].removesuffix(".git")
    return GitHubApp(app, installation, key_file, base, name)


def _api(remote: Origin) -> str:
    if remote.name == "github.com" or remote.name.endswith(".ghe.com"):
        return f"https://api.{remote.name}"
    return f"{remote}/api/v3"


def _check_api(base: str) -> None:
    try:
        origin = Origin.of(base)
    except RemoteError as error:
        raise UsageError(
            "--git-app-api is not an http or https URL. Write one, such as https://HOST/api/v3."
        ) from error
    if origin.scheme == "http" and not is_loopback(origin.host):
        raise UsageError(
            "--git-app-api is not https, but gets a token that is signed with the App's key. Write https://…"
        )


class InstallationTokens:
    """The tokens of one installation, one at a time. One thread uses it."""

    def __init__(self, app: GitHubApp, transport: Transport, clock: Clock) -> None:
        self._app = app
        self._transport = transport
        self._clock = clock
        self._token = ""
        self._until = float("-inf")
        self._web_token()  # so that a key that cannot sign is reported at the start

    def token(self) -> str:
        """A token that is valid for some minutes at least.

        Raises `UnavailableError` if the API does not give one, `UsageError` if the key cannot sign.
        """
        if self._clock.monotonic() >= self._until:
            begun = self._clock.monotonic()
            self._token, life = self._request()
            self._until = begun + max(life - MARGIN, life / 2)
        return self._token

    def reject(self) -> None:
        """The host did not accept the token; the next one is new."""
        self._until = float("-inf")

    def _request(self) -> tuple[str, float]:
        app = self._app
        headers = {
            "Authorization": f"Bearer {self._web_token()}",
            "Accept": "application/vnd.github+json",
            "Content-Type": "application/json",
            "X-GitHub-Api-Version": _VERSION,
        }
        scope = {"repositories": [app.repository], "permissions": {"contents": "write"}}
        url = f"{app.api}/app/installations/{app.installation}/access_tokens"
        response = self._transport.send(
            HttpRequest("POST", url, headers, json.dumps(scope).encode()), reach=ANYWHERE, limit=MAX_TOKEN_BYTES
        )
        return self._read(response)

    def _web_token(self) -> str:
        now = int(self._clock.now().timestamp())
        claims: Mapping[str, object] = {"iat": now - _DRIFT, "exp": now + _LIFE, "iss": self._app.app}
        return signed(claims, self._app.key_file, KEY_OPTION)

    def _read(self, response: HttpResponse) -> tuple[str, float]:
        host = Origin.of(response.url).name
        if response.status != HTTPStatus.CREATED:
            raise _refused(host, response.status, self._app)
        try:
            document = json.loads(response.body)
        except (ValueError, RecursionError):
            document = None
        token = document.get("token") if isinstance(document, dict) else None
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            text = f"{host} gives no token for the App's installation: its answer has none. Check --git-app-api."
            raise UnavailableError(text, host=host)
        return token, _life(document.get("expires_at"), self._clock.now())


_ADVICE: Final[Mapping[int, str]] = {
    401: "Check --git-app-id, that the key is one of that App, and the clock of this machine.",
    403: "Check that the installation is not suspended and that the App may write contents.",
    404: "Check --git-app-installation-id, and that the App is installed there.",
    422: "Check that the App may write contents, and is installed for this repository.",
}


def _refused(host: str, status: int, app: GitHubApp) -> UnavailableError:
    """The error for an answer; the text of the answer is not shown."""
    retryable = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _RETRYABLE
    advice = "The request is tried again." if retryable else _ADVICE.get(status, "Check --git-app-api.")
    text = f"{host} gives no token for the App's installation {app.installation} ({status}). {advice}"
    return UnavailableError(text, host=host, retryable=retryable)


def _life(moment: object, now: datetime) -> float:
    """The seconds until then: at most an hour, and a minute if the time cannot be read or is past."""
    try:
        seconds = (datetime.fromisoformat(str(moment)) - now).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return _LEAST_LIFE
    return min(max(seconds, _LEAST_LIFE), _MOST_LIFE)
