"""A double of the REST API of GitHub, made from its documentation: tokens for installations, for signed web tokens.

It checks what GitHub checks: the signature by the App's public key, the claims and their times, the installation, and
the rights that are requested for the token. Each token that it hands out is a new one.
"""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.kit.faults import Behaviour, Decide, FaultServer, Recorded, as_json

APP, INSTALLATION, REPOSITORY = "Iv23liTestApp", "4711", "remote"


@dataclass
class GitHubApi:
    """The API of one App with one installation, under `/api/v3`."""

    key: Path
    public: Path
    life: float = 3600.0
    """The life of a token in seconds."""
    outage: Behaviour | None = None
    """The broken answer to send, if any."""
    handed_out: Callable[[str], object] = str
    """Called with every token before it is sent."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    url: str = ""
    tokens: list[str] = field(default_factory=list)
    wanted: list[object] = field(default_factory=list)
    """The bodies of all requests."""

    def answer(self, request: Recorded) -> Behaviour:
        """The answer to a request for a token."""
        if self.outage is not None:
            return self.outage
        if request.path != f"/api/v3/app/installations/{INSTALLATION}/access_tokens" or request.method != "POST":
            return as_json({"message": "Not Found"}, 404)
        if not self.is_proved(request.headers.get("authorization", "")):
            return as_json({"message": "A JSON web token could not be decoded"}, 401)
        wanted = json.loads(request.body)
        self.wanted.append(wanted)
        if wanted.get("repositories") != [REPOSITORY]:
            return as_json({"message": "There is at least one repository that does not exist"}, 422)
        token = f"ghs_{APP}_{len(self.tokens)}" + "x" * 400
        self.tokens.append(token)
        self.handed_out(token)
        ends = (self.now() + timedelta(seconds=self.life)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return as_json({"token": token, "expires_at": ends, "permissions": wanted["permissions"]}, 201)

    def is_proved(self, header: str) -> bool:
        """Whether the header has a web token that GitHub accepts."""
        scheme, _, token = header.partition(" ")
        parts = token.split(".")
        if scheme != "Bearer" or len(parts) != 3:
            return False
        head, claims, signature = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts)
        said, now = json.loads(claims), self.now().timestamp()
        in_time = said["iat"] <= now - 30 and now < said["exp"] <= now + 600
        return (
            json.loads(head)["alg"] == "RS256"
            and said["iss"] == APP
            and in_time
            and self._verifies(f"{parts[0]}.{parts[1]}".encode(), signature)
        )

    def _verifies(self, text: bytes, signature: bytes) -> bool:
        file = self.key.with_name("signature")
        file.write_bytes(signature)
        words = ["openssl", "dgst", "-sha256", "-verify", str(self.public), "-signature", str(file)]
        return subprocess.run(words, input=text, capture_output=True, check=False).returncode == 0


def private_key(file: Path, *kind: str) -> Path:
    """A new private key: RSA of 2048 bits, or by the given arguments of `openssl genpkey`."""
    words = kind or ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
    subprocess.run(["openssl", "genpkey", *words, "-out", str(file)], check=True, capture_output=True)
    return file


@contextmanager
def github_api(folder: Path) -> Iterator[GitHubApi]:
    """The API on loopback, with a new key of the App."""
    folder.mkdir(parents=True, exist_ok=True)
    key = private_key(folder / "app.pem")
    public = folder / "app.pub"
    subprocess.run(["openssl", "pkey", "-in", str(key), "-pubout", "-out", str(public)], check=True)
    api = GitHubApi(key, public)
    with FaultServer({"*": Decide(api.answer)}) as server:
        api.url = f"{server.url}/api/v3"
        yield api
