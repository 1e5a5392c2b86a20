"""Signing keys made by the real ssh-keygen and gpg, as an installation has them: a private file and a trusted one."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from reconciler.model.config import SignatureFormat, Signing


def ssh_key(folder: Path, name: str, passphrase: str = "") -> Signing:
    """A new ed25519 key, and a file that trusts only this key."""
    private, allowed = folder / name, folder / f"{name}.allowed"
    _run("ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", str(private))
    public = private.with_name(f"{name}.pub").read_text(encoding="ascii")
    allowed.write_text(f'{name} namespaces="git" {public}', encoding="ascii")
    return Signing(SignatureFormat.SSH, str(allowed), str(private))


def openpgp_key(folder: Path, name: str) -> Signing:
    """A new ed25519 key, exported; its keyring is deleted."""
    private, public = folder / f"{name}.sec.asc", folder / f"{name}.pub.asc"
    with tempfile.TemporaryDirectory(prefix="k", dir="/tmp") as home:
        words = ("gpg", "--homedir", home, "--batch", "--quiet", "--pinentry-mode=loopback", "--passphrase=")
        try:
            _run(*words, "--quick-gen-key", f"{name} <{name}@example.com>", "ed25519", "sign", "never")
            private.write_bytes(_run(*words, "--armor", "--export-secret-keys"))
            public.write_bytes(_run(*words, "--armor", "--export"))
        finally:
            _run("gpgconf", "--homedir", home, "--kill", "all")
    return Signing(SignatureFormat.OPENPGP, str(public), str(private))


def _run(*words: str) -> bytes:
    done = subprocess.run(words, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
