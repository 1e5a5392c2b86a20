"""`imagestream rollback`: takes the newest events of an istag off, and holds their images."""

from __future__ import annotations

from reconciler.app.options import Options
from reconciler.app.registry_app import RegistryApp
from reconciler.cli.output.pass_result import echo_result, result_code
from reconciler.cli.told_sinks import tell_sinks
from reconciler.edit.rollback import RollbackRequest, roll_back
from reconciler.reconcile.writer import choose_target


def rollback(  # noqa: PLR0913 - one parameter an option
    options: Options,
    istag: str,
    to: str | None,
    branch: str | None,
    output: str,
    *,
    freeze: bool,
    force: bool,
    no_push: bool,
) -> int:
    """Commit the roll back and print it."""
    with RegistryApp(options) as app:
        target = choose_target(app.repository, branch, push=not no_push)
        request = RollbackRequest(istag, to, freeze, force)
        result = roll_back(app.writer(), app.registries(), target, request, app.repository.author())
        echo_result(result, output)
        tell_sinks(app, result)
    return result_code(result)
