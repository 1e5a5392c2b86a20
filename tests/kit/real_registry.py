"""The real registry: the binary of distribution on a free loopback port, open or with a login, a token server or TLS.

That is users, a token server, or another registry that it is the pull-through cache of.

Debian calls the binary `docker-registry`, upstream `registry`; podman or docker can run it as an image. It is never
skipped: without one, tests that need it fail and say what to install.
"""

from __future__ import annotations

import base64
import http.client
import json
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.kit.faults import Behaviour, Decide, FaultServer, Recorded, Reply, as_json
from tests.kit.port import free_port

USER = "alice"
PASSWORD = "secret"
_HTPASSWD = "alice:$2y$04$wfyqJaBzIMtpInMErqIr4OqeFFux0KW4IU17YxTUCVr2ua71ngfqa\n"  # bcrypt of the above, cost 4
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
_SERVICE = "test-registry"
_ISSUER = "test-issuer"
_IMAGE = "docker.io/library/registry:3"
_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Certificate:
    """A self-signed certificate for 127.0.0.1 and localhost, and its key, as PEM files."""

    certificate: Path
    key: Path

    @classmethod
    def make(cls, folder: Path) -> Certificate:
        """Make one with openssl."""
        made = cls(folder / "test.crt", folder / "test.key")
        subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-days", "2"]
        files = ["-keyout", str(made.key), "-out", str(made.certificate)]
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject, *files]
        subprocess.run(command, check=True, capture_output=True)
        return made

    @property
    def der(self) -> str:
        """The certificate as base64, without the PEM's frame."""
        lines = self.certificate.read_text().splitlines()
        return "".join(line for line in lines if not line.startswith("-----"))


@dataclass(frozen=True, slots=True)
class Notify:
    """The URL to which the registry posts its events, and the headers that it sends."""

    url: str
    authorization: str


class RealRegistry:
    """A context manager around the binary, on a temporary folder.

    `users` asks for Basic (alice, secret); `tokens` sends for a token to a token server beside it, where anonymous may
    pull from anything but `private/…`, and alice from everything. `proxy_of` is the address of the registry that it
    caches. `notify` has it post its events, to one place or to several.
    """

    def __init__(
        self,
        *,
        users: bool = False,
        tokens: bool = False,
        proxy_of: str | None = None,
        notify: Notify | tuple[Notify, ...] = (),
    ) -> None:
        self._users = users
        self._proxy_of = proxy_of
        self._notify = (notify,) if isinstance(notify, Notify) else notify
        self._tokens = tokens
        self._stack = ExitStack()
        self._port = free_port()
        self.token_server: FaultServer | None = None
        """The token server, which records its requests; None without `tokens`."""

    @property
    def address(self) -> str:
        """`127.0.0.1:PORT`."""
        return f"127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            folder = Path(starting.enter_context(tempfile.TemporaryDirectory(prefix="registry-")))
            config = folder / "config.json"  # JSON is YAML
            config.write_text(json.dumps(self._config(folder, starting)))
            starting.enter_context(_running(config, self.address, folder / "log"))
            self._stack = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def push_headers(self) -> dict[str, str]:
        """The header for a registry with users."""
        return {"Authorization": BASIC} if self._users else {}

    def push_token(self, repository: str) -> dict[str, str]:
        """The header for a registry with a token server."""
        connection = http.client.HTTPConnection(self.token_server.address if self.token_server else "", timeout=20)
        scope = f"repository:{repository}:pull,push"
        connection.request("GET", f"/token?service={_SERVICE}&scope={scope}", headers={"Authorization": BASIC})
        token = json.loads(connection.getresponse().read())["token"]
        connection.close()
        return {"Authorization": f"Bearer {token}"}

    def _config(self, folder: Path, stack: ExitStack) -> dict[str, object]:
        config: dict[str, object] = {
            "version": "0.1",
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(folder / "storage")}, "delete": {"enabled": True}},
            "http": {"addr": self.address},
        }
        if self._notify:
            config["notifications"] = {"endpoints": [_endpoint(each) for each in self._notify]}
        if self._proxy_of is not None:
            config["proxy"] = {"remoteurl": f"http://{self._proxy_of}"}
        if self._users:
            (folder / "htpasswd").write_text(_HTPASSWD)
            config["auth"] = {"htpasswd": {"realm": "test", "path": str(folder / "htpasswd")}}
        if self._tokens:
            certificate = Certificate.make(folder)
            server = FaultServer({"GET /token": Decide(_TokenServer(certificate).answer)})
            self.token_server = stack.enter_context(server)
            token = {"realm": f"{server.url}/token", "service": _SERVICE, "issuer": _ISSUER}
            config["auth"] = {"token": token | {"rootcertbundle": str(certificate.certificate)}}
        return config


@dataclass(frozen=True, slots=True)
class _TokenServer:
    """Signs tokens as distribution requires (RS256, the certificate in `x5c`)."""

    certificate: Certificate

    def answer(self, request: Recorded) -> Behaviour:
        who = request.headers.get("authorization")
        if who not in {None, BASIC}:
            return Reply(401)
        granted = [_granted(scope, known=who is not None) for scope in request.query.get("scope", [])]
        now = int(time.time())
        claims = {
            "iss": _ISSUER,
            "aud": _SERVICE,
            "sub": USER if who else "",
            "iat": now,
            "nbf": now - 10,
            "exp": now + 300,
            "jti": uuid.uuid4().hex,
            "access": granted,
        }
        return as_json({"token": self._signed(claims), "expires_in": 300})

    def _signed(self, claims: dict[str, object]) -> str:
        header = {"typ": "JWT", "alg": "RS256", "x5c": [self.certificate.der]}
        text = f"{_base64(json.dumps(header).encode())}.{_base64(json.dumps(claims).encode())}"
        command = ["openssl", "dgst", "-sha256", "-sign", str(self.certificate.key)]
        signature = subprocess.run(command, input=text.encode(), check=True, capture_output=True).stdout
        return f"{text}.{_base64(signature)}"


def _endpoint(notify: Notify) -> dict[str, object]:
    headers = {"Authorization": [notify.authorization]}
    return {"name": "test", "url": notify.url, "headers": headers, "timeout": "2s", "threshold": 5, "backoff": "1s"}


def _granted(scope: str, *, known: bool) -> dict[str, object]:
    kind, name, actions = scope.split(":")
    allowed = actions.split(",") if known else ["pull"] * (not name.startswith("private/"))
    return {"type": kind, "name": name, "actions": allowed}


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _command(config: Path) -> list[str]:
    """The words that start the registry: a binary of the PATH, else the image `registry:3` in podman or docker."""
    found = shutil.which("docker-registry") or shutil.which("registry")
    if found is not None:
        return [found, "serve", str(config)]
    engine = shutil.which("podman") or shutil.which("docker")
    if engine is not None:
        folder = f"--volume={config.parent}:{config.parent}"
        return [engine, "run", "--rm", "--network=host", folder, _IMAGE, "serve", str(config)]
    raise RuntimeError(
        "No registry to test against: neither `docker-registry` nor `registry` is on the PATH, nor podman or docker. "
        "Install Debian's docker-registry (`apt-get install docker-registry`) or distribution's `registry`."
    )


@contextmanager
def _running(config: Path, address: str, log: Path) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(_command(config), stdout=output, stderr=output)
        try:
            _wait_until_ready(process, address, log)
            yield
        finally:
            process.terminate()
            process.wait(20)


def _wait_until_ready(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        connection = http.client.HTTPConnection(address, timeout=1)
        try:
            connection.request("GET", "/v2/")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.05)
        else:
            return
        finally:
            connection.close()
    raise RuntimeError(f"the registry did not start: {log.read_text(errors='replace')}")
