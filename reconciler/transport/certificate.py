"""Certificates: the trusted authorities for TLS connections, and the client certificates that are sent.

| trusted                                        | from                                                               |
| ---------------------------------------------- | ------------------------------------------------------------------ |
| the named bundle, and nothing else             | `REQUESTS_CA_BUNDLE`, `CURL_CA_BUNDLE` (as requests has it)        |
| else the machine's own                         | OpenSSL's places, or `SSL_CERT_FILE` and `SSL_CERT_DIR`            |
| and those that come with this program          | unless one of these two is set                                     |
| also, for one host                             | the rule's `caFile`; `*.crt` in the host's folder of `certs.d`     |

The client certificate is the rule's, else each `X.cert` with `X.key` from the host's folder, in the order of their
names, as docker does it. That folder is the first existing one of the containers tools' and docker's; its name is the
registry's name in references (for Docker Hub `docker.io`). Files are read again when they change.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from reconciler.errors import UsageError
from reconciler.file_stamp import FileStamp, file_stamp
from reconciler.model.host import Host
from reconciler.transport.message import Trust

_MAX_KEPT = 256


@dataclass(frozen=True, slots=True)
class MachineCertificates:
    """The certificates that a machine has for its hosts."""

    bundle: str | None = None
    """The one file of trusted certificates, which replaces all others."""
    is_set_up: bool = False
    """Whether the environment tells OpenSSL where its certificates are."""
    folders: tuple[Path, ...] = ()
    """`certs.d` folders, in order; each has one folder for each host."""

    def folder(self, host: Host) -> Path | None:
        """The folder with certificates for a host, in any spelling of its name; None also if it cannot be read."""
        return next((found for place in self.folders if (found := _folder(place, host)) is not None), None)

    def has_certificates(self, host: Host) -> bool:
        """Whether there are TLS files for a host. Raises `UsageError` if its folder cannot be read."""
        folder = self.folder(host)
        return any(_listed(folder, suffix) for suffix in (".crt", ".cert", ".key"))


def machine_certificates(environ: Mapping[str, str]) -> MachineCertificates:
    """The certificate settings in the environment."""
    home = environ.get("XDG_CONFIG_HOME") or (f"{environ['HOME']}/.config" if environ.get("HOME") else "")
    own = [Path(home) / "containers/certs.d"] if home else []
    return MachineCertificates(
        bundle=environ.get("REQUESTS_CA_BUNDLE") or environ.get("CURL_CA_BUNDLE") or None,
        is_set_up=bool(environ.get("SSL_CERT_FILE") or environ.get("SSL_CERT_DIR")),
        folders=(*own, Path("/etc/containers/certs.d"), Path("/etc/docker/certs.d")),
    )


@dataclass(frozen=True, slots=True)
class _CertificateFile:
    """A file, the setting that names it, and its stamp (None if there is no file)."""

    path: str
    named: str
    stamp: FileStamp | None

    @classmethod
    def at(cls, path: str, named: str) -> _CertificateFile:
        return cls(path, named, file_stamp(Path(path)))


@dataclass(frozen=True, slots=True)
class _TlsMaterial:
    """All inputs of one TLS context."""

    verify: bool
    bundle: _CertificateFile | None
    bundled: bool
    believed: tuple[_CertificateFile, ...]
    shown: tuple[_CertificateFile, ...]
    """Empty, one file with certificate and key, or one file of each."""


def tls_contexts(trust: Trust, here: MachineCertificates, host: Host) -> tuple[ssl.SSLContext, ...]:
    """The TLS contexts for `host` or `host:port`, at least one: one for each client certificate, in order.

    Raises `UsageError` if a file cannot be used.
    """
    folder = here.folder(trust.name or host)
    believed = [_CertificateFile.at(trust.ca_file, "caFile")] if trust.ca_file else []
    believed += [_CertificateFile.at(str(path), "CA certificate") for path in _listed(folder, ".crt")]
    bundle = _CertificateFile.at(here.bundle, "REQUESTS_CA_BUNDLE") if here.bundle else None
    bundled = not here.is_set_up and bundle is None
    shown = _client_certificates(trust, folder) if trust.shows_certificate else ()
    return tuple(
        _context(_TlsMaterial(trust.verify, bundle, bundled, tuple(believed), each)) for each in shown or ((),)
    )


@lru_cache(maxsize=_MAX_KEPT)
def _context(material: _TlsMaterial) -> ssl.SSLContext:
    context = ssl.create_default_context() if material.bundle is None else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if material.bundled:
        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)  # a slim container has no certificates of its own
    for file in (*filter(None, [material.bundle]), *material.believed):
        _load_authorities(context, file)
    if material.shown:
        _load_client_certificate(context, material.shown)
    if not material.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _client_certificates(trust: Trust, folder: Path | None) -> tuple[tuple[_CertificateFile, ...], ...]:
    """The rule's certificate, else the pairs of the folder.

    An incomplete pair is an error, as in the containers tools.
    """
    if trust.cert_file:
        key = (_CertificateFile.at(trust.key_file, "keyFile"),) if trust.key_file else ()
        return ((_CertificateFile.at(trust.cert_file, "certFile"), *key),)
    pairs = {path.with_suffix("") for suffix in (".cert", ".key") for path in _listed(folder, suffix)}
    found = [
        (_CertificateFile.at(f"{stem}.cert", "certificate"), _CertificateFile.at(f"{stem}.key", "key"))
        for stem in sorted(pairs)
    ]
    for pair in found:
        for file, other in (pair, pair[::-1]):
            if file.stamp is None:
                raise UsageError(f"{other.named} {other.path}: {file.path} does not exist. Put the pair side by side.")
    return tuple(found)


def _folder(place: Path, host: Host) -> Path | None:
    if _is_folder(place / host):
        return place / host
    try:
        found = [path for path in place.iterdir() if Host.of(path.name) == host and _is_folder(path)]
    except OSError:
        return None
    return min(found, default=None)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # another user's home, as in a container with a random user
        return False


def _listed(folder: Path | None, suffix: str) -> list[Path]:
    if folder is None:
        return []
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == suffix)
    except OSError as error:
        raise UsageError(
            f"certificates {folder}: cannot be read: {error.strerror}. Correct its permissions."
        ) from error


def _load_authorities(context: ssl.SSLContext, file: _CertificateFile) -> None:
    is_folder = Path(file.path).is_dir()
    try:
        context.load_verify_locations(None if is_folder else file.path, file.path if is_folder else None)
    except ssl.SSLError as error:
        raise UsageError(f"{file.named} {file.path}: holds no certificates. Give it a PEM file.") from error
    except OSError as error:
        raise UsageError(f"{file.named} {file.path}: cannot be read: {error.strerror}. Correct the path.") from error


def _load_client_certificate(context: ssl.SSLContext, files: tuple[_CertificateFile, ...]) -> None:
    for file in files:
        if not os.access(file.path, os.R_OK):
            raise UsageError(f"{file.named} {file.path}: cannot be read. Correct the path or its permissions.")
    try:
        # With an empty passphrase OpenSSL does not prompt for one on the terminal.
        context.load_cert_chain(files[0].path, files[-1].path, password="")
    except (ssl.SSLError, OSError, ValueError) as error:
        text = "are not a certificate and its key without a passphrase. Give them PEM files that belong together."
        raise UsageError(f"{files[0].path} and {files[-1].path}: {text}") from error
