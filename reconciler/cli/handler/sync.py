"""`imagestream sync`: runs one pass with every scheduled tag due."""

from __future__ import annotations

import sys

import click

from reconciler.app.options import Options
from reconciler.app.registry_app import RegistryApp
from reconciler.cli.output.pass_result import echo_result, result_code
from reconciler.cli.output.plan import echo_plan
from reconciler.cli.output.progress import progress_bar
from reconciler.cli.told_sinks import tell_sinks
from reconciler.model.plan import Plan
from reconciler.planning.pass_scope import PassScope
from reconciler.reconcile.run_pass import run_pass
from reconciler.reconcile.writer import choose_target


def sync(options: Options, branch: str | None, output: str, *, no_push: bool, retarget: bool, yes: bool) -> int:
    """Run the pass and print its result."""
    with RegistryApp(options) as app:
        target = choose_target(app.repository, branch, push=not no_push)
        with progress_bar("registries") as progress:
            confirm = _confirm if _on_terminal() and not yes and output == "text" else None
            scope = PassScope(retarget=retarget, person=app.repository.author() if retarget else None)
            result = run_pass(app.reconciler(progress), target, scope, confirm=confirm)
        echo_result(result, output)
        tell_sinks(app, result)
    return result_code(result)


def _on_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _confirm(planned: Plan) -> bool:
    """Called before the first pass over a repository."""
    echo_plan(planned)
    return click.confirm("This is the first pass over this repository. Commit these changes?")
