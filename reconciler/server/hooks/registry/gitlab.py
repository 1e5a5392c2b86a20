"""GitLab's container registry: it posts distribution's notifications."""

from __future__ import annotations

from typing import Final

from reconciler.server.hooks.registry import distribution
from reconciler.server.hooks.sender import Sender
from reconciler.server.hooks.sender_check import authorization

SENDER: Final = Sender("gitlab", (authorization,), distribution.parse)
