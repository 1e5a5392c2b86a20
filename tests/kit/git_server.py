"""Real git servers on loopback: smart HTTP behind lighttpd with basic auth, and sshd with one key.

Both serve the bare repositories below one folder, log into it, and end with the context.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.kit.port import free_port

_START_SECONDS = 60.0
_BACKEND = "/usr/lib/git-core/git-http-backend"
_LIGHTTPD = """\
server.bind = "127.0.0.1"
server.port = {port}
server.document-root = "{folder}"
server.errorlog = "{folder}/lighttpd.log"
server.modules = ("mod_redirect", "mod_setenv", "mod_auth", "mod_authn_file", "mod_alias", "mod_cgi")
server.stream-request-body = 2
alias.url = ("/git" => "{backend}")
{redirect}
$HTTP["url"] =~ "^/git" {{
  cgi.assign = ("" => "")
  setenv.add-environment = ("GIT_PROJECT_ROOT" => "{root}", "GIT_HTTP_EXPORT_ALL" => "")
  auth.backend = "plain"
  auth.backend.plain.userfile = "{folder}/users"
  auth.require = ("" => ("method" => "basic", "realm" => "git", "require" => "valid-user"))
}}
"""


@dataclass(frozen=True, slots=True)
class WebServer:
    """A running web server."""

    url: str
    users: Path
    """One `USER:PASSWORD` a line; read at each request."""


@contextmanager
def web_server(root: Path, folder: Path, *, redirect_to: str | None = None) -> Iterator[WebServer]:
    """Run lighttpd over the repositories below `root`; the user is `bot`, the password `s3cret`."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    redirect = f'url.redirect = ("^/moved/(.*)" => "{redirect_to}/$1")' if redirect_to else ""
    config = _LIGHTTPD.format(port=port, folder=folder, root=root, backend=_BACKEND, redirect=redirect)
    (folder / "lighttpd.conf").write_text(config, encoding="utf-8")
    (folder / "users").write_text("bot:s3cret\n", encoding="utf-8")
    words = ["/usr/sbin/lighttpd", "-D", "-f", str(folder / "lighttpd.conf")]
    with _running(words, port, folder / "lighttpd.out"):
        yield WebServer(f"http://127.0.0.1:{port}", folder / "users")


@dataclass(frozen=True, slots=True)
class SshServer:
    """A running sshd."""

    url: str
    """The URL of the folder with the repositories."""
    key: Path
    known_hosts: Path


@contextmanager
def ssh_server(root: Path, folder: Path) -> Iterator[SshServer]:
    """Run sshd for the user who runs the tests, with a new host key and a new user key."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    for name in ("host", "user"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
        subprocess.run(words, check=True, stdin=subprocess.DEVNULL)
    (folder / "authorized").write_bytes((folder / "user.pub").read_bytes())
    host_key = (folder / "host.pub").read_text(encoding="ascii").split()
    (folder / "known").write_text(f"[127.0.0.1]:{port} {host_key[0]} {host_key[1]}\n", encoding="ascii")
    Path("/run/sshd").mkdir(exist_ok=True)  # where sshd wants to separate its privileges
    options = {
        "ListenAddress": "127.0.0.1",
        "AuthorizedKeysFile": str(folder / "authorized"),
        "StrictModes": "no",
        "PidFile": str(folder / "pid"),
        "UsePAM": "no",
        "PasswordAuthentication": "no",
    }
    words = ["/usr/sbin/sshd", "-D", "-e", "-f", "/dev/null", "-p", str(port), "-h", str(folder / "host")]
    words += [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    with _running(words, port, folder / "sshd.log"):
        yield SshServer(f"ssh://127.0.0.1:{port}{root}", folder / "user", folder / "known")


@contextmanager
def _running(words: list[str], port: int, log: Path) -> Iterator[None]:
    """The process; it and its children end with the context."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=dict(os.environ), start_new_session=True
        )
    try:
        _wait_for(port, process, log)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, f"no answer on port {port}"
            time.sleep(0.02)
        else:
            return
