"""Private SSH keys of installations: read, corrected if that is safe, and tested before use.

ssh gives little information about a key that it cannot load, and none during a fetch. So an unusable key is refused
here, with an explanation.
"""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from reconciler.child import for_child
from reconciler.errors import UsageError
from reconciler.gitstore.access.secret_file import secret_file
from reconciler.gitstore.redaction import clean

TIMEOUT: Final = 20.0  # seconds; a key is loaded in milliseconds
_PUBLIC: Final = re.compile(rb"\s*(?:ssh-|ecdsa-|sk-|---- BEGIN SSH2 PUBLIC KEY|-----BEGIN (?:\w+ )?PUBLIC KEY)")
_LOCKED: Final = "passphrase"


def normal(data: bytes) -> bytes:
    """A key with the line ends that ssh reads, whatever editor or secret store it came through."""
    return data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n").strip() + b"\n"


def private_key(stack: ExitStack, folder: Path, data: bytes, what: str) -> Path:
    """A path where ssh can read the key until the stack is closed; `what` names the key in messages.

    UsageError for a public key, a key with a passphrase, and text that is not a key.
    """
    if _PUBLIC.match(data):
        raise UsageError(f"{what} is a public key. Name the private one: most often the same name without .pub.")
    file = secret_file(stack, folder, "key", normal(data))
    refused = _loaded(file)
    if refused is not None and _LOCKED in refused:
        raise UsageError(
            f"{what} has a passphrase, and there is no person to type it. Name a key without one; "
            "ssh-keygen -p removes it from a copy."
        )
    if refused is not None:
        raise UsageError(
            f"{what} is not a private key that ssh can load: {refused}. Name one that ssh-keygen -y reads."
        )
    return file


def _loaded(file: Path) -> str | None:
    """The reason why ssh-keygen cannot load the key; None if it can, or if it is not installed."""
    words = ("ssh-keygen", "-y", "-P", "", "-f", str(file))
    try:
        done = _run(words)
    except FileNotFoundError:
        return None
    except subprocess.TimeoutExpired:
        return f"ssh-keygen gave no answer within {TIMEOUT:g} seconds"
    message = done.stderr.decode("utf-8", "replace").replace(f'Load key "{file}": ', "").strip()
    return None if done.returncode == 0 else clean(message).removesuffix(".") or "ssh-keygen gives no reason"


def _run(words: tuple[str, ...]) -> subprocess.CompletedProcess[bytes]:
    environ = for_child(os.environ, {"LC_ALL": "C", "SSH_ASKPASS_REQUIRE": "never"})
    return subprocess.run(  # noqa: S603 - fixed words and a path of ours
        words, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=TIMEOUT
    )
