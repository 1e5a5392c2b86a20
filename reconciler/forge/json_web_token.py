"""A JSON web token signed with RS256 (RFC 7515, RFC 7518 section 3.3), by the machine's openssl.

The key stays in its file: openssl gets the path of the file, and the text on its standard input, and returns the
signature. Its messages are not shown, and it never prompts for a passphrase.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from reconciler.child import for_child
from reconciler.errors import UsageError
from reconciler.settings import HELPER_TIMEOUT

_HEADER: Final = {"alg": "RS256", "typ": "JWT"}
_LEAST_SIGNATURE: Final = 256
"""Bytes of a signature by an RSA key of 2048 bits; a shorter one is by a weaker key, or a key of another kind."""


def signed(claims: Mapping[str, object], key_file: Path, option: str) -> str:
    """The token with these claims. Raises `UsageError` with the option's name if the file has no key that can sign."""
    text = f"{_encoded(json.dumps(_HEADER).encode())}.{_encoded(json.dumps(claims).encode())}"
    return f"{text}.{_encoded(_signature(text.encode(), key_file, option))}"


def _signature(text: bytes, key_file: Path, option: str) -> bytes:
    # An empty passphrase, so that a key with a passphrase fails and does not prompt on the terminal.
    words = ("openssl", "dgst", "-sha256", "-passin", "pass:", "-sign", str(key_file.absolute()))
    try:
        done = subprocess.run(  # noqa: S603 - no shell, a fixed program, a path that is absolute
            words,
            input=text,
            env=for_child(os.environ),
            capture_output=True,
            check=False,
            timeout=HELPER_TIMEOUT,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise UsageError(f"{option} needs openssl, which was not found on the PATH. Install it.") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"{option} {key_file}: openssl cannot be run. Try {words[0]} version.") from error
    if done.returncode or len(done.stdout) < _LEAST_SIGNATURE:
        raise UsageError(
            f"{option} {key_file} has no RSA key of 2048 bits or more without a passphrase. "
            "Generate one in the App's settings."
        )
    return done.stdout


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")
