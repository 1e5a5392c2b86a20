"""A certificate authority made at test time with openssl: certificates for servers and for clients."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, as PEM files."""

    certificate: Path
    key: Path

    def server(self, clients: Path | None = None) -> ssl.SSLContext:
        """The TLS context of a server with this certificate; with `clients` it requires a certificate of that authority."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        if clients is not None:
            context.load_verify_locations(clients)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


class Authority:
    """A new authority in a folder."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self.root = Pair(folder / f"{name}.crt", folder / f"{name}.key")
        files = ["-keyout", str(self.root.key), "-out", str(self.root.certificate)]
        _openssl("req", "-x509", *_KEY, "-subj", f"/CN={name}", "-days", "2", *files)

    def issue(self, name: str, *names: str) -> Pair:
        """A certificate in files called `name`, for 127.0.0.1, localhost and other names."""
        pair = Pair(self._folder / f"{name}.cert", self._folder / f"{name}.key")
        request, extensions = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        _openssl("req", *_KEY, "-subj", f"/CN={name}", "-keyout", str(pair.key), "-out", str(request))
        alternatives = ",".join(["IP:127.0.0.1", "DNS:localhost", *(f"DNS:{each}" for each in names)])
        extensions.write_text(f"subjectAltName={alternatives}\n")
        signer = ["-CA", str(self.root.certificate), "-CAkey", str(self.root.key), "-CAcreateserial"]
        files = ["-in", str(request), "-out", str(pair.certificate), "-extfile", str(extensions)]
        _openssl("x509", "-req", "-days", "2", *signer, *files)
        return pair

    def encrypted(self, pair: Pair) -> Path:
        """The key of a pair, with a passphrase."""
        path = pair.key.with_suffix(".enc")
        _openssl("pkey", "-in", str(pair.key), "-aes256", "-passout", "pass:secret", "-out", str(path))
        return path


def _openssl(*words: str) -> None:
    done = subprocess.run(["openssl", *words], capture_output=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr.decode()
