"""Amazon: from a role to a password for ECR, by STS and `GetAuthorizationToken`.

Keys for the signature come from the first of these that the environment names, in the order of Amazon's own tools:
`AWS_ACCESS_KEY_ID`; a projected token that STS exchanges (`AWS_ROLE_ARN`, `AWS_WEB_IDENTITY_TOKEN_FILE`: IRSA, and CI
systems with OpenID Connect); a container's endpoint (`AWS_CONTAINER_CREDENTIALS_FULL_URI`: EKS Pod Identity;
`…_RELATIVE_URI`: ECS); and, only with `identity: aws` in the installation, the instance's metadata (IMDSv2).
public.ecr.aws is open to everyone, so it gets an identity only if the installation has one for it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from reconciler.errors import InputError
from reconciler.registry.answer_error import mismatch
from reconciler.registry.cloud.sigv4 import Keys, signed
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
from reconciler.registry.lifetime import lifetime_until
from reconciler.transport.message import HttpRequest, HttpResponse, Origin

_HOST = re.compile(
    r"[0-9]{12}\.dkr[.-]ecr(?P<fips>-fips)?\.(?P<region>[a-z0-9-]+)\.(?P<domain>amazonaws\.com(?:\.cn)?|on\.aws)"
)
_PUBLIC = "public.ecr.aws"
_CHINA = "cn-"
_METADATA = "http://169.254.169.254"
_ECS = "http://169.254.170.2"
_SESSION = "imagestream-reconciler"
_XML_TEXT = r"<{0}>([^<>&\s]+)</{0}>"
_XML_NAMES = ("AccessKeyId", "SecretAccessKey", "SessionToken")
_Keys = Generator[HttpRequest, HttpResponse, Keys]


@dataclass(frozen=True, slots=True)
class _Service:
    """The API that gives passwords for a registry."""

    name: str
    region: str
    url: str
    target: str


def exchange_for(login: LoginRequest, environment: Environment) -> TokenExchange | None:
    """The exchange for a registry, or None if there is no identity for it."""
    found = _HOST.fullmatch(login.host)
    if not login.opted_in and (found is None or not _names_identity(environment)):
        return None
    service = _service(login, found, environment)
    return TokenExchange(("aws", service.url), lambda: _flow(service, environment, login))


def _names_identity(environment: Environment) -> bool:
    """Whether the environment names an identity."""
    web = environment.get("AWS_ROLE_ARN") and environment.get("AWS_WEB_IDENTITY_TOKEN_FILE")
    uris = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
    return bool(web or environment.get("AWS_ACCESS_KEY_ID", *uris))


def _service(login: LoginRequest, found: re.Match[str] | None, environment: Environment) -> _Service:
    if login.host == _PUBLIC:
        url = environment.get("AWS_ENDPOINT_URL_ECR_PUBLIC", "AWS_ENDPOINT_URL")
        url = url or "https://api.ecr-public.us-east-1.amazonaws.com"
        return _Service("ecr-public", "us-east-1", url, "SpencerFrontendService.GetAuthorizationToken")
    region = found["region"] if found else environment.get("AWS_REGION", "AWS_DEFAULT_REGION")
    if not region:
        raise InputError(f"identity aws of {login.host}: its region is not known. Set AWS_REGION.")
    url = environment.get("AWS_ENDPOINT_URL_ECR", "AWS_ENDPOINT_URL") or f"https://{_api_host(found, region)}"
    return _Service("ecr", region, url, "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken")


def _api_host(found: re.Match[str] | None, region: str) -> str:
    if found and found["domain"] == "on.aws":  # a registry over IPv6 has its API over IPv6 too
        return f"ecr{found['fips'] or ''}.{region}.api.aws"
    name = "ecr-fips" if found and found["fips"] else "api.ecr"
    return f"{name}.{region}.{_domain(region)}"


def _domain(region: str) -> str:
    return "amazonaws.com.cn" if region.startswith(_CHINA) else "amazonaws.com"


def _flow(service: _Service, environment: Environment, login: LoginRequest) -> Flow:
    keys = yield from _keys(service, environment, login)
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": service.target}
    request = HttpRequest("POST", f"{service.url.rstrip('/')}/", headers, b"{}")
    response = yield signed(request, keys, service.name, service.region, environment.now())
    advice = f"that the role may call {service.name}:GetAuthorizationToken"
    data = json_answer(response, "password", advice).get("authorizationData")
    entry = data[0] if isinstance(data, list) and data else data
    if not isinstance(entry, dict):
        entry = {}
    credential = _credential(required_text(entry, "authorizationToken", response, "password"), response)
    return ExpiringValue(credential, lifetime_until(entry.get("expiresAt"), environment.now()))


def _credential(token: str, response: HttpResponse) -> Credential:
    """The password in a token, which is base64 of `AWS:password`."""
    try:
        user, colon, password = base64.b64decode(token, validate=True).decode("ascii").partition(":")
    except (binascii.Error, ValueError):
        user, colon, password = "", "", ""
    if not (user and colon and password):
        raise mismatch(Origin.of(response.url).name, "gives no password; its answer has none.")
    return Credential(user, password)


def _keys(service: _Service, environment: Environment, login: LoginRequest) -> _Keys:
    """Keys from the first place that the environment names."""
    if environment.get("AWS_ACCESS_KEY_ID"):
        return Keys(
            environment.get("AWS_ACCESS_KEY_ID"),
            environment.get("AWS_SECRET_ACCESS_KEY"),
            environment.get("AWS_SESSION_TOKEN"),
        )
    if environment.get("AWS_ROLE_ARN") and environment.get("AWS_WEB_IDENTITY_TOKEN_FILE"):
        return (yield from _by_web_identity(service, environment))
    full, relative = (environment.get(f"AWS_CONTAINER_CREDENTIALS_{kind}_URI") for kind in ("FULL", "RELATIVE"))
    if full or relative:
        return (yield from _by_container(full or f"{_ECS}{relative}", environment))
    if login.opted_in:
        return (yield from _by_instance(environment))
    raise AssertionError("the environment names an identity")


def _by_web_identity(service: _Service, environment: Environment) -> _Keys:
    region = environment.get("AWS_REGION", "AWS_DEFAULT_REGION") or service.region
    url = environment.get("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL") or f"https://sts.{region}.{_domain(region)}"
    fields = {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "RoleArn": environment.get("AWS_ROLE_ARN"),
        "RoleSessionName": environment.get("AWS_ROLE_SESSION_NAME") or _SESSION,
        "WebIdentityToken": environment.read(
            "AWS_WEB_IDENTITY_TOKEN_FILE", environment.get("AWS_WEB_IDENTITY_TOKEN_FILE")
        ),
    }
    response = yield form(f"{url.rstrip('/')}/", fields, accept="text/xml")
    check_status(response, "keys", "AWS_ROLE_ARN and that the role trusts this identity")
    body = response.body.decode("utf-8", "replace")
    # Only three plain texts are needed, so foreign bytes are not given to an XML parser.
    found = {name: re.search(_XML_TEXT.format(name), body) for name in _XML_NAMES}
    return _made({name: match[1] for name, match in found.items() if match}, response, "SessionToken")


def _by_container(url: str, environment: Environment) -> _Keys:
    file = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    token = environment.read("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file) if file else ""
    token = token or environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
    response = yield HttpRequest("GET", url, {"Authorization": token} if token else {})
    document = json_answer(response, "keys", "that the service account or the task has a role")
    return _made(document, response, "Token")


def _by_instance(environment: Environment) -> _Keys:
    base = (environment.get("AWS_EC2_METADATA_SERVICE_ENDPOINT") or _METADATA).rstrip("/")
    advice = "that the instance has a role and lets containers ask for it"
    response = yield HttpRequest(
        "PUT", f"{base}/latest/api/token", {"X-aws-ec2-metadata-token-ttl-seconds": "300"}, b""
    )
    check_status(response, "token", advice)
    headers = {"X-aws-ec2-metadata-token": response.body.decode("ascii", "replace").strip()}
    folder = f"{base}/latest/meta-data/iam/security-credentials/"
    response = yield HttpRequest("GET", folder, headers)
    check_status(response, "role", advice)
    role = response.body.decode("utf-8", "replace").partition("\n")[0].strip()
    response = yield HttpRequest("GET", folder + quote(role, safe=""), headers)
    return _made(json_answer(response, "keys", advice), response, "Token")


def _made(document: Mapping[str, Any], response: HttpResponse, token: str) -> Keys:
    names = ("AccessKeyId", "SecretAccessKey", token)
    return Keys(*(required_text(document, name, response, "keys") for name in names))
