"""The programs that make signatures: ssh-keygen and gpg, with the installation's key only.

ssh-keygen gets the key as a file that no other user can read (keys from a mounted secret are often readable by a group,
which it refuses); gpg gets a keyring with nothing else in it. Both are in a folder that is removed afterwards. There is
no prompt: a key with a passphrase is refused. The user's and the repository's configuration is not read.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from reconciler.child import for_child
from reconciler.errors import UsageError
from reconciler.gitstore.access.private_folder import private_folder
from reconciler.gitstore.access.ssh_key import private_key
from reconciler.gitstore.redaction import clean
from reconciler.model.config import SignatureFormat, Signing

Sign = Callable[[bytes], bytes]
"""From the signed bytes to the armored signature."""

TIMEOUT: Final = 60.0  # seconds; a signature takes milliseconds
_GPG: Final = ("gpg", "--batch", "--no-tty", "--quiet", "--no-autostart")
_GPG_SIGN: Final = ("gpg", "--batch", "--no-tty", "--quiet", "--pinentry-mode=loopback", "--passphrase=")
_EXPORT: Final = "Export one with gpg --export, or --export-secret-keys for keyFile."
_BARE: Final = "Give a key without a passphrase."
_QUIET: Final = {"LC_ALL": "C", "SSH_ASKPASS_REQUIRE": "never"}


@contextmanager
def signer(signing: Signing) -> Iterator[Sign]:
    """The function that signs with the installation's key; UsageError if there is no key, or it cannot be used."""
    if signing.key_file is None:
        raise UsageError(
            "the installation's signing names no keyFile, and unsigned changes would be undone. Add it to --config."
        )
    key = read(signing.key_file, "keyFile")
    maker = {SignatureFormat.SSH: _ssh, SignatureFormat.OPENPGP: _openpgp}[signing.format]
    with maker(key, signing.key_file) as sign:
        yield sign


@contextmanager
def keyring(data: bytes, file: str, field: str) -> Iterator[dict[str, str]]:
    """The environment of a GnuPG home that has only the keys of one file and trusts them; ended with its agent."""
    with private_folder("is-gpg-") as folder:  # short, because the agent's socket is inside
        environ = {"GNUPGHOME": str(folder)}
        (folder / "gpg.conf").write_text("trust-model always\nno-auto-key-retrieve\n", encoding="ascii")
        try:
            _run((*_GPG_SIGN, "--import"), data, environ, (f"signing.{field} {file} holds no OpenPGP key", _EXPORT))
            yield environ
        finally:
            subprocess.run(
                ("gpgconf", "--kill", "all"),  # noqa: S607 - found on the PATH on purpose
                env=for_child(os.environ, environ),
                capture_output=True,
                check=False,
                timeout=TIMEOUT,
            )


def read(file: str, field: str) -> bytes:
    """The bytes of a file that the installation names; UsageError if it cannot be read."""
    try:
        return path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"signing.{field} {file} cannot be read: {error.strerror}. Correct it in --config.") from error


def path(file: str) -> Path:
    """The path of a file of the installation; relative to the current folder, never to a repository."""
    return Path(file).expanduser().absolute()


@contextmanager
def _ssh(key: bytes, file: str) -> Iterator[Sign]:
    with private_folder("imagestream-ssh-") as folder, ExitStack() as stack:
        private = private_key(stack, folder, key, f"signing.keyFile {file}")
        words = ("ssh-keygen", "-Y", "sign", "-n", "git", "-f", str(private))
        what = (f"signing.keyFile {file} cannot sign", _BARE)
        yield lambda payload: _run(words, payload, {}, what)


@contextmanager
def _openpgp(key: bytes, file: str) -> Iterator[Sign]:
    what = (f"signing.keyFile {file} cannot sign", _BARE)
    with keyring(key, file, "keyFile") as environ:
        listing = _run((*_GPG, "--list-secret-keys", "--with-colons"), b"", environ, what).decode("utf-8", "replace")
        prints = [line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr:")]
        if not prints:
            raise UsageError(f"{what[0]}: it has no secret key. {_EXPORT}")
        words = (*_GPG_SIGN, "--armor", "--detach-sign", "--local-user", prints[0])
        yield lambda payload: _run(words, payload, environ, what)


def _run(words: tuple[str, ...], stdin: bytes, environ: Mapping[str, str], what: tuple[str, str]) -> bytes:
    """Run a program without a terminal and return its output; UsageError unless it ends with 0.

    `what` has the beginning and the end of the error; the program's message is between them.
    """
    try:
        done = subprocess.run(  # noqa: S603 - fixed words and paths of ours
            words,
            input=stdin,
            env=for_child(os.environ, {**_QUIET, **environ}),
            capture_output=True,
            check=False,
            timeout=TIMEOUT,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise UsageError(f"{what[0]}: {words[0]} was not found on the PATH. Install it.") from error
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"{what[0]}: {words[0]} gave no answer within {TIMEOUT:g} seconds. Try it by hand.") from error
    if done.returncode != 0:
        message_lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no reason was given"]
        raise UsageError(f"{what[0]}: {clean(message_lines[-1]).removesuffix('.')}. {what[1]}")
    return done.stdout
