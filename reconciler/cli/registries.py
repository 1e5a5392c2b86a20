"""The registries of a command that does not always need them; they are imported and opened when they are."""

from __future__ import annotations

from reconciler.app.app import App
from reconciler.cli.lazy import load
from reconciler.reconcile.registries import Registries
from reconciler.reconcile.registry_pool import Progress


def open_registries(app: App, progress: Progress | None = None) -> Registries:
    """Open the registries of the app's installation; they are closed with the app."""
    opened = app.stack.enter_context(load("reconciler.app.registry_app", "RegistryApp")(app.options, app.clock))
    registries: Registries = opened.registries(progress)
    return registries
