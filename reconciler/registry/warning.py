"""Warnings of registries: `Warning: 299 - "text"`, for people (distribution specification, "Warnings").

They are logged and have no other effect; each text of a host is logged once in a process.
"""

from __future__ import annotations

import logging
import re
import threading
from typing import Final

from reconciler.model.text import line
from reconciler.transport.message import HttpResponse, Origin

_LOG = logging.getLogger("imagestream")
_TEXT: Final = re.compile(r'299 \S+ "((?:[^"\\]|\\.){1,1000})"')
_MOST_SHOWN: Final = 100
"""The maximum over all hosts; further warnings are left out."""
_LONGEST: Final = 200


class Warnings:
    """The warnings that were logged; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._logged: set[tuple[str, str]] = set()

    def log_new(self, response: HttpResponse) -> None:
        """Log the warnings of an answer that were not logged yet."""
        host = Origin.of(response.url).name
        for text in _TEXT.findall(response.headers.get("warning", "")):
            new_text = host, line(re.sub(r"\\(.)", r"\1", text), _LONGEST)
            with self._lock:
                new = new_text not in self._logged and len(self._logged) < _MOST_SHOWN
                self._logged.add(new_text) if new else None
            if new:
                _LOG.warning("%s warns: %s", *new_text)
