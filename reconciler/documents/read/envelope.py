"""Envelopes: what stands in a file in place of content that is elsewhere or encrypted, told by the first bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_ENVELOPES: Final[Mapping[bytes, str]] = {
    b"version https://git-lfs.github.com/": "is a Git LFS pointer, whose content is not in git",
    b"$ANSIBLE_VAULT;": "is encrypted with ansible-vault",
    b"\0GITCRYPT\0": "is encrypted with git-crypt",
    b"age-encryption.org/": "is encrypted with age",
    b"-----BEGIN AGE ENCRYPTED FILE-----": "is encrypted with age",
    b"-----BEGIN PGP MESSAGE-----": "is encrypted with OpenPGP",
    b"\x1f\x8b": "is compressed with gzip",
    b"BZh": "is compressed with bzip2",
    b"\xfd7zXZ\0": "is compressed with xz",
    b"\x28\xb5\x2f\xfd": "is compressed with zstd",
    b"PK\x03\x04": "is a zip archive",
}
"""git-lfs(1) specification, ansible-vault, git-crypt, age, RFC 4880 (section 6.2), RFC 1952 and the others' magic."""


def envelope(data: bytes) -> str | None:
    """What the file is in place of readable text, as the end of a sentence; None where it is nothing known."""
    plain = data.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    return next((what for start, what in _ENVELOPES.items() if plain.startswith(start)), None)
