"""The identity services of the clouds as scripted servers, made from their documentation.

Each records its requests, refuses what the documented service refuses, and hands out tokens that its own registry
takes. Amazon's checks the signature of a request by the steps of its documentation, not by the code under test.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar, Self
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from reconciler.clock import Clock
from tests.kit.faults import Behaviour, Decide, FaultServer, Recorded, Reply, as_json

SUBJECT = "projected-token"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


class Cloud:
    """A server for the identity service, and a registry that accepts only the passwords of that service."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.clock = clock
        self.issued = 0
        """The number of passwords that were given out; the registry accepts the last one."""
        self.refuse = False
        """Whether the role has lost its permission."""
        self.subject = folder / "token"
        self.subject.write_text(f"{SUBJECT}\n")
        self.identity = FaultServer({})
        self.registry = FaultServer({})
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(self.identity)
        self._stack.enter_context(self.registry)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def serve(self, path: str, answer: Behaviour, user: str, password: Callable[[], str]) -> None:
        """Let the registry answer requests with the last password, by Basic."""

        def choose(request: Recorded) -> Behaviour:
            pair = base64.b64encode(f"{user}:{password()}".encode()).decode()
            asking = Reply(401, {"WWW-Authenticate": 'Basic realm="cloud"'})
            return answer if request.headers.get("authorization") == f"Basic {pair}" else asking

        self.registry.route(f"* {path}", Decide(choose))


def _form(request: Recorded) -> dict[str, str]:
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    return dict(parse_qsl(request.body.decode(), strict_parsing=True))


class Amazon(Cloud):
    """STS and ECR on one address, as `AWS_ENDPOINT_URL` has them; the container and instance endpoints too."""

    ROLE = "arn:aws:iam::123456789012:role/images"

    def __init__(self, folder: Path, clock: Clock, life: float = 12 * 3600.0) -> None:
        super().__init__(folder, clock)
        self.life = life
        self.identity.route("POST /", Decide(self._api))
        keys = {"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": SECRET, "Token": "session/token+1=="}
        self.identity.route("GET /v1/credentials", Decide(lambda request: self._container(request, keys)))
        self.identity.route("PUT /latest/api/token", Decide(self._instance_token))
        base = "GET /latest/meta-data/iam/security-credentials/"
        self.identity.route(base, Decide(lambda request: _on_instance(request, Reply(200, {}, b"my-role\n"))))
        self.identity.route(f"{base}my-role", Decide(lambda request: _on_instance(request, as_json(keys))))

    @property
    def environ(self) -> dict[str, str]:
        """A pod with a role, as the webhook of IRSA sets it up."""
        return {
            "AWS_ENDPOINT_URL": self.identity.url,
            "AWS_REGION": "eu-west-1",
            "AWS_ROLE_ARN": self.ROLE,
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(self.subject),
        }

    @property
    def password(self) -> str:
        return f"ecr-password-{self.issued}"

    def _api(self, request: Recorded) -> Reply:
        return self._ecr(request) if "x-amz-target" in request.headers else self._sts(request)

    def _sts(self, request: Recorded) -> Reply:
        assert "authorization" not in request.headers
        form = _form(request)
        assert form.pop("RoleSessionName")
        wanted = {"Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": self.ROLE}
        if self.refuse or form != wanted | {"WebIdentityToken": SUBJECT}:
            error = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>secret words</Message>"
            return Reply(403, {"Content-Type": "text/xml"}, error.encode())
        keys = f"<AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey>"
        token = "<SessionToken>session/token+1==</SessionToken><Expiration>2026-11-23T09:00:00Z</Expiration>"
        body = f"<AssumeRoleWithWebIdentityResponse><Credentials>{token}{keys}</Credentials></AssumeRoleWithWebIdentityResponse>"
        return Reply(200, {"Content-Type": "text/xml"}, body.encode())

    def _ecr(self, request: Recorded) -> Reply:
        assert request.headers["x-amz-target"] == "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"
        assert request.headers["content-type"] == "application/x-amz-json-1.1"
        assert json.loads(request.body) == {}
        if request.headers.get("x-amz-security-token", "session/token+1==") != "session/token+1==":
            return as_json({"__type": "UnrecognizedClientException"}, 400)
        if not is_signed(request, SECRET, "ecr"):
            return as_json({"__type": "InvalidSignatureException", "message": "secret words"}, 400)
        self.issued += 1
        token = base64.b64encode(f"AWS:{self.password}".encode()).decode()
        expires = self.clock.now().timestamp() + self.life
        return as_json({"authorizationData": [{"authorizationToken": token, "expiresAt": expires}]})

    def _container(self, request: Recorded, keys: dict[str, str]) -> Reply:
        return as_json(keys) if request.headers.get("authorization") == SUBJECT else Reply(401)

    def _instance_token(self, request: Recorded) -> Reply:
        known = request.headers.get("x-aws-ec2-metadata-token-ttl-seconds", "").isdigit()
        return Reply(200, {}, b"imds-token") if known else Reply(400)


class Google(Cloud):
    """The security token service, impersonation, and the metadata server."""

    AUDIENCE = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k"
    AWS = "urn:ietf:params:aws:token-type:aws4_request"
    CALLER = "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"
    USER: ClassVar = {
        "client_id": "1.apps.example.com",
        "client_secret": "d-secret",
        "refresh_token": "1//refresh+token",
    }

    def __init__(self, folder: Path, clock: Clock) -> None:
        super().__init__(folder, clock)
        self.folder = folder
        self.identity.route("POST /v1/token", Decide(self._exchange))
        self.identity.route("POST /impersonate:generateAccessToken", Decide(self._impersonate))
        path = "/computeMetadata/v1/instance/service-accounts/default/token"
        self.identity.route(f"GET {path}", Decide(self._metadata))
        self.identity.route("POST /token", Decide(self._refresh))
        base = "GET /latest/meta-data"
        keys = {"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": SECRET, "Token": "session/token+1=="}
        self.identity.route("PUT /latest/api/token", Reply(200, {}, b"imds-token\n"))
        zone, role = Reply(200, {}, b"eu-west-1b\n"), Reply(200, {}, b"r\n")
        self.identity.route(f"{base}/placement/availability-zone", Decide(lambda request: _on_instance(request, zone)))
        self.identity.route(f"{base}/roles", Decide(lambda request: _on_instance(request, role)))
        self.identity.route(f"{base}/roles/r", Decide(lambda request: _on_instance(request, as_json(keys))))

    @property
    def password(self) -> str:
        return f"ya29.google-{self.issued}"

    def federation(self, **more: object) -> dict[str, str]:
        """The environment of a workload with a federation file, which `more` adds to."""
        document = {
            "type": "external_account",
            "audience": self.AUDIENCE,
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": f"{self.identity.url}/v1/token",
            "credential_source": {"file": str(self.subject)},
        }
        file = self.folder / "google.json"
        file.write_text(json.dumps(document | more))
        return {"GOOGLE_APPLICATION_CREDENTIALS": str(file)}

    def login(self, **more: object) -> dict[str, str]:
        """The environment of a person who has logged in with gcloud, with a file that `more` adds to."""
        document = self.USER | {"type": "authorized_user", "token_uri": f"{self.identity.url}/token"}
        file = self.folder / "google.json"
        file.write_text(json.dumps(document | more))
        return {"GOOGLE_APPLICATION_CREDENTIALS": str(file)}

    def from_aws(self, **more: object) -> dict[str, str]:
        """The environment of a workload in AWS with a federation file, whose `credential_source` `more` adds to."""
        base = f"{self.identity.url}/latest"
        source = {
            "environment_id": "aws1",
            "region_url": f"{base}/meta-data/placement/availability-zone",
            "url": f"{base}/meta-data/roles",
            "regional_cred_verification_url": self.CALLER,
            "imdsv2_session_token_url": f"{base}/api/token",
        }
        return self.federation(subject_token_type=self.AWS, credential_source=source | more)

    def _issue(self) -> str:
        self.issued += 1
        return self.password

    def _refresh(self, request: Recorded) -> Reply:
        if self.refuse or _form(request) != self.USER | {"grant_type": "refresh_token"}:
            return as_json({"error": "invalid_grant", "error_description": "secret words"}, 400)
        return as_json({"access_token": self._issue(), "expires_in": 3599, "token_type": "Bearer"})

    def _is_caller(self, told: str) -> bool:
        """Whether the request in the subject token is one that STS accepts."""
        written = json.loads(unquote(told))
        assert set(written) == {"url", "method", "headers"}
        headers = {each["key"].lower(): each["value"] for each in written["headers"]}
        url = urlsplit(written["url"])
        assert url._replace(netloc="sts.{region}.amazonaws.com").geturl() == self.CALLER
        assert (headers["host"], headers["x-goog-cloud-target-resource"]) == (url.netloc, self.AUDIENCE)
        signed = headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
        assert "x-goog-cloud-target-resource" in signed
        return is_signed(Recorded(written["method"], url.path or "/", parse_qs(url.query), headers, b""), SECRET, "sts")

    def _exchange(self, request: Recorded) -> Reply:
        form = _form(request)
        if form["subject_token_type"] == self.AWS and self._is_caller(form["subject_token"]):
            form |= {"subject_token": SUBJECT, "subject_token_type": "urn:ietf:params:oauth:token-type:jwt"}
        wanted = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "audience": self.AUDIENCE,
            "scope": "https://www.googleapis.com/auth/cloud-platform",
            "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "subject_token": SUBJECT,
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        }
        if self.refuse or form != wanted:
            return as_json({"error": "invalid_grant", "error_description": "secret words"}, 400)
        return as_json({"access_token": self._issue(), "expires_in": 3600, "token_type": "Bearer"})

    def _impersonate(self, request: Recorded) -> Reply:
        assert json.loads(request.body) == {"scope": ["https://www.googleapis.com/auth/cloud-platform"]}
        if request.headers.get("authorization") != f"Bearer {self.password}":
            return as_json({"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "secret words"}}, 403)
        return as_json({"accessToken": self._issue(), "expireTime": "2026-11-23T09:00:00Z"})

    def _metadata(self, request: Recorded) -> Reply:
        if request.headers.get("metadata-flavor") != "Google":
            return Reply(403)
        return as_json({"access_token": self._issue(), "expires_in": 3600}, 200, **{"Metadata-Flavor": "Google"})


class Azure(Cloud):
    """Entra ID, the managed identity endpoint, and the exchange at the registry."""

    TENANT = "11111111-2222-3333-4444-555555555555"
    CLIENT = "66666666-7777-8888-9999-000000000000"

    def __init__(self, folder: Path, clock: Clock, *, registries_only: bool = False) -> None:
        super().__init__(folder, clock)
        self._resource = "https://containerregistry.azure.net" if registries_only else "https://management.azure.com"
        self.identity.route(f"POST /{self.TENANT}/oauth2/v2.0/token", Decide(self._login))
        self.identity.route("GET /metadata/identity/oauth2/token", Decide(self._managed))
        self.registry.route("POST /oauth2/exchange", Decide(self._exchange))

    @property
    def environ(self) -> dict[str, str]:
        """A pod with a workload identity, as its webhook sets it up."""
        return {
            "AZURE_AUTHORITY_HOST": f"{self.identity.url}/",
            "AZURE_TENANT_ID": self.TENANT,
            "AZURE_CLIENT_ID": self.CLIENT,
            "AZURE_FEDERATED_TOKEN_FILE": str(self.subject),
        }

    @property
    def password(self) -> str:
        claims = json.dumps({"n": self.issued, "exp": int(self.clock.now().timestamp()) // 10800 * 10800 + 10800})
        return f"e30.{base64.urlsafe_b64encode(claims.encode()).decode().rstrip('=')}.c2ln"

    def _login(self, request: Recorded) -> Reply:
        form = _form(request)
        scope = form.pop("scope").removesuffix("/.default")
        wanted = {
            "grant_type": "client_credentials",
            "client_id": self.CLIENT,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": SUBJECT,
        }
        if self.refuse or form != wanted:
            return as_json({"error": "invalid_client", "error_description": "AADSTS70021: secret words"}, 401)
        return as_json({"access_token": f"aad-for-{scope}", "expires_in": 3599})

    def _managed(self, request: Recorded) -> Reply:
        if request.headers.get("metadata") != "true" or request.query["api-version"] != ["2018-02-01"]:
            return Reply(400)
        return as_json({"access_token": f"aad-for-{request.query['resource'][0].rstrip('/')}", "expires_in": "3599"})

    def _exchange(self, request: Recorded) -> Reply:
        form = _form(request)
        assert (form["grant_type"], form["service"]) == ("access_token", self.registry.address)
        if form["access_token"] != f"aad-for-{self._resource}":
            return as_json({"errors": [{"code": "UNAUTHORIZED", "message": "secret words"}]}, 401)
        self.issued += 1
        return as_json({"refresh_token": self.password})


def _on_instance(request: Recorded, answer: Reply) -> Reply:
    return answer if request.headers.get("x-aws-ec2-metadata-token") == "imds-token" else Reply(401)


def is_signed(request: Recorded, secret: str, service: str) -> bool:
    """Whether a request is signed with the key, by the steps of Amazon's documentation."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    told = dict(part.strip().split("=", 1) for part in rest.split(","))
    _, date, region, named, end = told["Credential"].split("/")
    names = told["SignedHeaders"].split(";")
    assert {"host", "x-amz-date"} <= set(names)
    lines = "".join(f"{name}:{request.headers[name]}\n" for name in names)
    body = hashlib.sha256(request.body).hexdigest()
    query = "&".join(sorted(f"{name}={value}" for name, values in request.query.items() for value in values))
    canonical = f"{request.method}\n{request.path}\n{query}\n{lines}\n{';'.join(names)}\n{body}"
    moment = request.headers["x-amz-date"]
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{moment}\n{date}/{region}/{named}/{end}\n{hashed}"
    key = b"AWS4" + secret.encode()
    for part in (date, region, named, end):
        key = hmac.digest(key, part.encode(), "sha256")
    fits = moment.startswith(date) and (scheme, named, end) == ("AWS4-HMAC-SHA256", service, "aws4_request")
    return fits and hmac.digest(key, text.encode(), "sha256").hex() == told["Signature"]
