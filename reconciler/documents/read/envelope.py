"""Envelopes: files whose content is elsewhere, encrypted or compressed, recognised by their first bytes."""

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
"""From the Git LFS specification, ansible-vault, git-crypt, age, RFC 4880 (section 6.2), RFC 1952 and magic numbers."""


def envelope(data: bytes) -> str | None:
    """What a file is if it is not readable text, as the end of a sentence; None if the bytes are not recognised."""
    plain = data.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    return next((what for start, what in _ENVELOPES.items() if plain.startswith(start)), None)
