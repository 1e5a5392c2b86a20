"""The registries of a command that does not always need them; they are imported and opened when they are."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from reconciler.app.app import App
from reconciler.cli.lazy import load
from reconciler.reconcile.registries import Registries
from reconciler.reconcile.registry_pool import Progress


def registries_when_needed(app: App, progress: Progress | None = None) -> Callable[[], Registries]:
    """Opens the registries of the app's installation at the first call; they are closed with the app."""

    @cache
    def registries() -> Registries:
        opening = load("reconciler.app.registry_app", "RegistryApp")(app.options, app.clock)
        opened: Registries = opening.registries_of(app.installation, app.stack, progress)
        return opened

    return registries
