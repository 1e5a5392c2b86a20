"""The identity of an AWS workload for Google: the subject token of a workload identity federation.

The token is a signed request to STS (`GetCallerIdentity`) as text. It is not sent from here; Google sends it
(AIP-4117). Keys and region come from Amazon's variables, else from the metadata addresses that the file names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from reconciler.errors import InputError
from reconciler.registry.cloud.sigv4 import Keys, signed
from reconciler.registry.cloud.token_exchange import Environment, check_status, json_answer, required_text
from reconciler.transport.message import HttpRequest, HttpResponse

_VERSION = "aws1"
_ZONE = re.compile(r"([a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2})[a-z]?")
_ADVICE = "that the instance has a role and lets containers ask for it"
_Text = Generator[HttpRequest, HttpResponse, str]


@dataclass(frozen=True, slots=True)
class AwsSource:
    """The `credential_source` of a federation file, for AWS."""

    file: str
    """The file's name; for messages."""
    source: Mapping[str, Any]
    """Its `credential_source`."""
    audience: str

    def subject_token(self, environment: Environment) -> _Text:
        """The signed request as text.

        Raises `InputError` if the file cannot be used, and `AnswerError` if a request is refused.
        """
        if self.source.get("environment_id") != _VERSION:
            raise self._broken(f"has another environment_id than {_VERSION}. Create it again.")
        headers = yield from self._session(environment)
        region = environment.get("AWS_REGION", "AWS_DEFAULT_REGION") or (yield from self._region(headers))
        keys = _named(environment) or (yield from self._keys(headers))
        url = self._text("regional_cred_verification_url").replace("{region}", region)
        request = HttpRequest("POST", url, {"x-goog-cloud-target-resource": self.audience})
        return _written(signed(request, keys, "sts", region, environment.now()))

    def _session(self, environment: Environment) -> Generator[HttpRequest, HttpResponse, dict[str, str]]:
        """The headers for the metadata server; empty if it is not called."""
        is_asked = not (_named(environment) and environment.get("AWS_REGION", "AWS_DEFAULT_REGION"))
        if not is_asked or "imdsv2_session_token_url" not in self.source:
            return {}
        ttl = {"X-aws-ec2-metadata-token-ttl-seconds": "300"}
        response = yield HttpRequest("PUT", self._text("imdsv2_session_token_url"), ttl, b"")
        check_status(response, "token", _ADVICE)
        return {"X-aws-ec2-metadata-token": response.body.decode("ascii", "replace").strip()}

    def _region(self, headers: Mapping[str, str]) -> _Text:
        """The region of a zone such as `eu-west-1b`."""
        response = yield HttpRequest("GET", self._text("region_url"), headers)
        check_status(response, "region", "AWS_REGION")
        found = _ZONE.fullmatch(response.body.decode("ascii", "replace").strip())
        if found is None:
            raise self._broken("has a region_url that names no region. Set AWS_REGION.")
        return found[1]

    def _keys(self, headers: Mapping[str, str]) -> Generator[HttpRequest, HttpResponse, Keys]:
        folder = self._text("url").rstrip("/")
        response = yield HttpRequest("GET", folder, headers)
        check_status(response, "role", _ADVICE)
        role = response.body.decode("utf-8", "replace").partition("\n")[0].strip()
        response = yield HttpRequest("GET", f"{folder}/{quote(role, safe='')}", headers)
        document = json_answer(response, "keys", _ADVICE)
        return Keys(
            *(required_text(document, name, response, "keys") for name in ("AccessKeyId", "SecretAccessKey", "Token"))
        )

    def _text(self, name: str) -> str:
        value = self.source.get(name)
        if not isinstance(value, str) or not value:
            raise self._broken(f"has no credential_source.{name}. Create it again.")
        return value

    def _broken(self, why: str) -> InputError:
        return InputError(f"{self.file}: {why}")


def _named(environment: Environment) -> Keys | None:
    """The keys in the environment itself."""
    access_key, secret = environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")
    return Keys(access_key, secret, environment.get("AWS_SESSION_TOKEN")) if access_key and secret else None


def _written(request: HttpRequest) -> str:
    """A request in the form that Google's token server reads."""
    headers = [{"key": name, "value": value} for name, value in sorted(request.headers.items())]
    return quote(json.dumps({"url": request.url, "method": request.method, "headers": headers}))
