"""The probe: checks whether the `imagestream run` on this machine works, for the health check of the container image.

`python3 -m reconciler.server.http.probe` ends with 0 if `/healthz` at `IMAGESTREAM_RUN_LISTEN` answers 200, else with 1
and one line with the reason. It imports nothing else of the package, because it is started every few seconds.
"""

from __future__ import annotations

import http.client
import os
import re
import sys
from collections.abc import Mapping
from typing import Final

VARIABLE: Final = "IMAGESTREAM_RUN_LISTEN"
TIMEOUT: Final = 4.0
_ADDRESS: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:\[\]/@]*):(?P<port>[0-9]{1,5})", re.ASCII)
_ANY: Final = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - an address to listen on, called on loopback
_OK: Final = 200


def probe(environ: Mapping[str, str]) -> str | None:
    """The reason why the process does not work, in one line; None if it works."""
    match = _ADDRESS.fullmatch(environ.get(VARIABLE, ""))
    if match is None:
        return f"{VARIABLE} is not HOST:PORT, so no probe is possible. Set it instead of giving --listen."
    host = match["host"].strip("[]")
    connection = http.client.HTTPConnection(_ANY.get(host, host), int(match["port"]), timeout=TIMEOUT)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, OverflowError, http.client.HTTPException) as error:
        return f"{match[0]} does not answer: {str(error) or type(error).__name__}."
    finally:
        connection.close()
    return None if status == _OK else f"{match[0]} answers /healthz with {status}."


def main() -> int:
    """Check, and print the reason on standard error if the process does not work."""
    why = probe(os.environ)
    if why is not None:
        sys.stderr.write(f"{why}\n")
    return 0 if why is None else 1


if __name__ == "__main__":
    sys.exit(main())
