"""Credential helpers: programs `docker-credential-SUFFIX` that keep credentials elsewhere (docker-credential-helpers).

The suffix comes from a file, so only a plain name is allowed. A helper gets the registry's name on its standard input
and answers in JSON on its standard output; it has `HELPER_TIMEOUT` seconds and `MAX_HELPER_BYTES`. Its output is never
shown, because it may be the secret.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping

from reconciler.child import for_child
from reconciler.clock import Clock
from reconciler.errors import InputError, UnavailableError
from reconciler.model.host import DEFAULT_HOST, Host
from reconciler.registry.credentials.credential import Credential
from reconciler.registry.expiring_cache import ExpiringCache, ExpiringValue
from reconciler.settings import HELPER_TIMEOUT, MAX_HELPER_BYTES

_SUFFIX = re.compile(r"[A-Za-z0-9._-]+")
_NOT_FOUND = b"credentials not found in native keychain"
_TOKEN_USER = "<token>"  # noqa: S105 - the user name that marks a token, no secret
_KEPT_SECONDS = 60.0  # a helper may give tokens with a short life
# docker stores Docker Hub under the address of its first API; the containers tools store it under its name.
_SERVERS: Mapping[Host, tuple[str, ...]] = {DEFAULT_HOST: ("https://index.docker.io/v1/", DEFAULT_HOST)}


class Helpers:
    """Runs helpers in the environment `environ`, each at most once a minute for a host; thread-safe."""

    def __init__(self, environ: Mapping[str, str], clock: Clock, *, timeout: float = HELPER_TIMEOUT) -> None:
        self._environ = for_child(environ)
        self._timeout = timeout
        self._cache: ExpiringCache[Credential] = ExpiringCache(clock)

    def get(self, suffix: str, host: Host) -> Credential | None:
        """The helper's credential for a host, or None.

        Raises `InputError` if the helper cannot be run or fails, `UnavailableError` if it does not end.
        """
        if not _SUFFIX.fullmatch(suffix):
            raise InputError(f"credential helper {suffix!r}: is not a plain name. Correct it in the credentials file.")
        found = self._cache.get((suffix, host), lambda: ExpiringValue(self._ask(suffix, host), _KEPT_SECONDS))
        return None if found == Credential() else found

    def _ask(self, suffix: str, host: Host) -> Credential:
        for server in _SERVERS.get(host, (host,)):
            found = self._run(f"docker-credential-{suffix}", server)
            if found != Credential():
                return found
        return Credential()

    def _run(self, name: str, server: str) -> Credential:
        program = shutil.which(name, path=self._environ.get("PATH", os.defpath))
        if program is None:
            raise InputError(f"credential helper {name}: is not on the PATH. Install it, or log in without it.")
        status, output = self._answer(program, name, server)
        if status == 0:
            return _parse(output, name, server)
        if output.strip() == _NOT_FOUND:
            return Credential()
        raise InputError(f"credential helper {name}: fails for {server} (exit status {status}). Log in again.")

    def _answer(self, program: str, name: str, server: str) -> tuple[int, bytes]:
        """The exit status and the output; the helper's whole process group is ended at a limit of time or size."""
        try:
            process = subprocess.Popen(  # noqa: S603 - no shell, and the name is checked
                [program, "get"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self._environ,
                start_new_session=True,
            )
        except OSError as error:
            raise InputError(f"credential helper {name}: cannot be run: {error.strerror}. Install it again.") from error
        late = threading.Event()
        timer = threading.Timer(self._timeout, _end_late, (process, late))
        timer.start()
        try:
            output = _converse(process, server)
            # Not reaped yet: while the process is a zombie, no other process group can get its number.
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        finally:
            timer.cancel()
            timer.join()
            _kill(process)
            status = process.wait()
        if late.is_set():
            raise UnavailableError(f"credential helper {name}: gave no answer for {server} in {self._timeout:g} s.")
        if len(output) > MAX_HELPER_BYTES:
            raise InputError(f"credential helper {name}: wrote more than {MAX_HELPER_BYTES} bytes. Log in again.")
        return status, output


def _converse(process: subprocess.Popen[bytes], server: str) -> bytes:
    """Write the server's name and read at most one byte more than allowed."""
    if process.stdin is None or process.stdout is None:
        raise AssertionError("both ends are pipes")
    with process.stdout as stdout:
        with contextlib.suppress(BrokenPipeError), process.stdin as stdin:
            stdin.write(server.encode())
        output = stdout.read(MAX_HELPER_BYTES + 1)
    if len(output) > MAX_HELPER_BYTES:
        _kill(process)
    return output


def _end_late(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the helper and its children, which may hold the pipe open; the group exists as long as any of them."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _parse(output: bytes, name: str, server: str) -> Credential:
    try:
        answer = json.loads(output)
    except (ValueError, RecursionError):
        answer = None
    user, secret = (answer.get("Username"), answer.get("Secret")) if isinstance(answer, dict) else (None, None)
    if not isinstance(user, str) or not isinstance(secret, str):
        raise InputError(
            f"credential helper {name}: gave an answer for {server} that cannot be read. Install it again."
        )
    if user == _TOKEN_USER:
        return Credential(identity_token=secret, origin=name)
    return Credential(user, secret, origin=name)
