"""Azure: from a federated token to a refresh token of ACR, which is the password of a fixed user.

Entra ID exchanges a projected token (`AZURE_FEDERATED_TOKEN_FILE`, with `AZURE_CLIENT_ID` and `AZURE_TENANT_ID`) for an
access token, and the registry exchanges that. The first access token is for the resource manager; a registry that
refuses it gets one that is for registries only. With `identity: azure` in the installation and no projected token, the
machine's managed identity is used.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Generator
from http import HTTPStatus
from urllib.parse import quote, urlencode

from reconciler.registry.cloud.token_exchange import (
    Environment,
    Flow,
    LoginRequest,
    TokenExchange,
    form,
    json_answer,
    required_text,
)
from reconciler.registry.credentials.credential import Credential
from reconciler.registry.expiring_cache import ExpiringValue
from reconciler.registry.lifetime import lifetime_until
from reconciler.transport.message import HttpRequest, HttpResponse

_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)?\.azurecr\.(io|cn|us|de)")
_USER = "00000000-0000-0000-0000-000000000000"
_METADATA = "http://169.254.169.254"
_LOGIN = {
    "io": "https://login.microsoftonline.com",
    "cn": "https://login.chinacloudapi.cn",
    "us": "https://login.microsoftonline.us",
    "de": "https://login.microsoftonline.de",
}
_MANAGEMENT = {
    "io": "https://management.azure.com",
    "cn": "https://management.chinacloudapi.cn",
    "us": "https://management.usgovcloudapi.net",
    "de": "https://management.microsoftazure.de",
}
_REGISTRIES_ONLY = "https://containerregistry.azure.net"
_VARIABLES = ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE")
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_UNKNOWN_LIFE = 3600.0


def exchange_for(login: LoginRequest, environment: Environment) -> TokenExchange | None:
    """The exchange for a registry, or None if there is no identity for it."""
    found = _HOST.fullmatch(login.host)
    federated = all(environment.get(name) for name in _VARIABLES)
    if not login.opted_in and (found is None or not federated):
        return None
    cloud = found[1] if found else "io"
    return TokenExchange(("azure", login.host), lambda: _flow(login, cloud, environment, federated=federated))


def _flow(login: LoginRequest, cloud: str, environment: Environment, *, federated: bool) -> Flow:
    for resource in (_MANAGEMENT[cloud], _REGISTRIES_ONLY):
        token = yield from (_federated(resource, cloud, environment) if federated else _managed(resource, environment))
        fields = {"grant_type": "access_token", "service": login.host, "access_token": token}
        response = yield form(f"{login.base}/oauth2/exchange", fields)
        if response.status not in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            break
    document = json_answer(response, "refresh token", "that the identity has the role AcrPull")
    made = required_text(document, "refresh_token", response, "refresh token")
    return ExpiringValue(
        Credential(_USER, made), lifetime_until(_end(made), environment.now()) if _end(made) else _UNKNOWN_LIFE
    )


def _federated(resource: str, cloud: str, environment: Environment) -> Generator[HttpRequest, HttpResponse, str]:
    client, tenant, file = (environment.get(name) for name in _VARIABLES)
    authority = (environment.get("AZURE_AUTHORITY_HOST") or _LOGIN[cloud]).rstrip("/")
    fields = {
        "grant_type": "client_credentials",
        "client_id": client,
        "client_assertion_type": _ASSERTION,
        "client_assertion": environment.read("AZURE_FEDERATED_TOKEN_FILE", file),
        "scope": f"{resource}/.default",
    }
    response = yield form(f"{authority}/{quote(tenant, safe='')}/oauth2/v2.0/token", fields)
    advice = "AZURE_CLIENT_ID, AZURE_TENANT_ID and the federated credential"
    return required_text(json_answer(response, "access token", advice), "access_token", response, "access token")


def _managed(resource: str, environment: Environment) -> Generator[HttpRequest, HttpResponse, str]:
    base = (environment.get("AZURE_POD_IDENTITY_AUTHORITY_HOST") or _METADATA).rstrip("/")
    query = {"api-version": "2018-02-01", "resource": f"{resource}/"}
    if environment.get("AZURE_CLIENT_ID"):
        query["client_id"] = environment.get("AZURE_CLIENT_ID")
    response = yield HttpRequest(
        "GET", f"{base}/metadata/identity/oauth2/token?{urlencode(query)}", {"Metadata": "true"}
    )
    advice = "that the machine has a managed identity"
    return required_text(json_answer(response, "access token", advice), "access_token", response, "access token")


def _end(token: str) -> object:
    """The end of a JSON web token, in seconds since 1970; None if it has none. The signature is not checked."""
    payload = token.split(".")[1] if token.count(".") == 2 else ""  # noqa: PLR2004 - header, payload, signature
    try:
        document = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return None
    return document.get("exp") if isinstance(document, dict) else None
