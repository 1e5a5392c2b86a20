"""Google: from a workload's identity to an access token, which is the password for GAR and GCR.

`GOOGLE_APPLICATION_CREDENTIALS` names a file.

- `external_account` (workload identity federation): its token URL exchanges the subject token that it refers to. If it
  names a service account, the result is exchanged for that account's token.
- `authorized_user` (a person's login, `gcloud auth application-default login`): its refresh token is exchanged.

With `identity: gcp` in the installation and without such a file, the metadata server is called.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.errors import InputError
from reconciler.registry.answer_error import mismatch
from reconciler.registry.cloud.google_aws import AwsSource
from reconciler.registry.cloud.token_exchange import (
    Environment,
    Flow,
    LoginRequest,
    TokenExchange,
    check_status,
    form,
    json_answer,
    required_text,
)
from reconciler.registry.credentials.credential import Credential
from reconciler.registry.expiring_cache import ExpiringValue
from reconciler.registry.lifetime import lifetime, lifetime_until
from reconciler.transport.message import HttpRequest, HttpResponse, Origin

_HOST = re.compile(r"gcr\.io|[a-z0-9-]+\.gcr\.io|[a-z0-9-]+-docker\.pkg\.dev")
_FILE = "GOOGLE_APPLICATION_CREDENTIALS"
_USER = "oauth2accesstoken"
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_METADATA = "169.254.169.254"
_OAUTH_URL = "https://oauth2.googleapis.com/token"
_OAUTH = "urn:ietf:params:oauth"


def exchange_for(login: LoginRequest, environment: Environment) -> TokenExchange | None:
    """The exchange for a registry, or None if there is no identity for it."""
    if not login.opted_in and not _HOST.fullmatch(login.host):
        return None
    path = environment.get(_FILE)
    if path:
        file = _read_file(path, environment)
        flow = _FLOWS.get(file.text("type"))
        if flow is not None:
            return TokenExchange(("gcp", path), lambda: flow(file, environment))
        if login.opted_in:
            advice = "Log in with its key as the user _json_key in place of identity."
            raise file.broken(f"is neither of type external_account nor authorized_user. {advice}")
        return None
    return TokenExchange(("gcp",), lambda: _by_metadata(environment)) if login.opted_in else None


@dataclass(frozen=True, slots=True)
class _CredentialsFile:
    """A file of credentials."""

    path: str
    document: Mapping[str, Any]

    def text(self, name: str) -> str:
        """A text field; empty if it is left out."""
        value = self.document.get(name)
        return value if isinstance(value, str) else ""

    def mapping(self, name: str) -> Mapping[str, Any]:
        """A field with fields; empty if it is left out."""
        value = self.document.get(name)
        return value if isinstance(value, dict) else {}

    def broken(self, why: str) -> InputError:
        """An error that names the file."""
        return InputError(f"{_FILE} {self.path}: {why}")


def _read_file(path: str, environment: Environment) -> _CredentialsFile:
    try:
        document = json.loads(environment.read(_FILE, path))
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise InputError(f"{_FILE} {path}: is not a JSON object. Correct it.")
    return _CredentialsFile(path, document)


def _by_federation(federation: _CredentialsFile, environment: Environment) -> Flow:
    fields = {
        "grant_type": f"{_OAUTH}:grant-type:token-exchange",
        "requested_token_type": f"{_OAUTH}:token-type:access_token",
        "audience": federation.text("audience"),
        "scope": _SCOPE,
        "subject_token_type": federation.text("subject_token_type"),
        "subject_token": (yield from _subject_token(federation, environment)),
    }
    url = federation.text("token_url")
    if not url:
        raise federation.broken("has no token_url. Create it again.")
    response = yield form(url, fields)
    document = json_answer(response, "access token", "the workload identity pool and its provider")
    token = required_text(document, "access_token", response, "access token")
    impersonation = federation.text("service_account_impersonation_url")
    if not impersonation:
        return ExpiringValue(Credential(_USER, token), lifetime(document.get("expires_in")))
    return (yield from _impersonate(impersonation, token, environment))


def _by_user(user: _CredentialsFile, _: Environment) -> Flow:
    """A person's refresh token for an access token (RFC 6749, section 6)."""
    names = ("client_id", "client_secret", "refresh_token")
    fields = {name: user.text(name) for name in names}
    missing = next((name for name in names if not fields[name]), None)
    if missing:
        raise user.broken(f"has no {missing}. Log in again.")
    response = yield form(user.text("token_uri") or _OAUTH_URL, {"grant_type": "refresh_token", **fields})
    document = json_answer(
        response, "access token", "that the login has not ended (gcloud auth application-default login)"
    )
    token = required_text(document, "access_token", response, "access token")
    return ExpiringValue(Credential(_USER, token), lifetime(document.get("expires_in")))


def _impersonate(url: str, token: str, environment: Environment) -> Flow:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    response = yield HttpRequest("POST", url, headers, json.dumps({"scope": [_SCOPE]}).encode())
    document = json_answer(response, "access token", "that the identity may impersonate the service account")
    made = required_text(document, "accessToken", response, "access token")
    return ExpiringValue(Credential(_USER, made), lifetime_until(document.get("expireTime"), environment.now()))


def _subject_token(federation: _CredentialsFile, environment: Environment) -> Generator[HttpRequest, HttpResponse, str]:
    """The subject token: from AWS, or from a file or an endpoint, as it is or as a field of JSON."""
    source = federation.mapping("credential_source")
    if "environment_id" in source:
        aws = AwsSource(f"{_FILE} {federation.path}", source, federation.text("audience"))
        return (yield from aws.subject_token(environment))
    if "executable" in source:
        advice = "Let it write its token to a file, and name that as credential_source.file."
        raise federation.broken(f"names an executable, which is not run. {advice}")
    file, url = source.get("file"), source.get("url")
    if isinstance(file, str):
        token_text = environment.read("credential_source.file", file)
    elif isinstance(url, str):
        given = source.get("headers")
        headers = {str(name): str(value) for name, value in given.items()} if isinstance(given, dict) else {}
        response = yield HttpRequest("GET", url, headers)
        check_status(response, "subject token", f"credential_source of {federation.path}")
        token_text = response.body.decode("utf-8", "replace").strip()
    else:
        raise federation.broken("has no credential_source with a file, a url or an environment_id. Create it again.")
    form_of = source.get("format")
    if not isinstance(form_of, dict) or form_of.get("type") != "json":
        return token_text
    return _field(token_text, str(form_of.get("subject_token_field_name")), federation)


def _field(token_text: str, name: str, federation: _CredentialsFile) -> str:
    try:
        document = json.loads(token_text)
    except (ValueError, RecursionError):
        document = None
    value = document.get(name) if isinstance(document, dict) else None
    if not isinstance(value, str):
        raise federation.broken(f"points to a subject token without the field {name!r}. Correct credential_source.")
    return value


def _by_metadata(environment: Environment) -> Flow:
    host = environment.get("GCE_METADATA_HOST") or _METADATA
    url = f"http://{host}/computeMetadata/v1/instance/service-accounts/default/token"
    response = yield HttpRequest("GET", url, {"Metadata-Flavor": "Google"})
    document = json_answer(response, "access token", "that the machine or the service account has an identity")
    if response.headers.get("metadata-flavor") != "Google":
        raise mismatch(Origin.of(response.url).name, "is not a metadata server of Google.")
    token = required_text(document, "access_token", response, "access token")
    return ExpiringValue(Credential(_USER, token), lifetime(document.get("expires_in")))


_FLOWS: Mapping[str, Callable[[_CredentialsFile, Environment], Flow]] = {
    "external_account": _by_federation,
    "authorized_user": _by_user,
}
