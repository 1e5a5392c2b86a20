"""`imagestream unhold`: lets an istag come back to images that were rolled back."""

from __future__ import annotations

from reconciler.app.app import App
from reconciler.app.options import Options
from reconciler.cli.output.pass_result import echo_result, result_code
from reconciler.cli.told_sinks import tell_sinks
from reconciler.edit.unhold import release
from reconciler.reconcile.writer import choose_target


def unhold(options: Options, istag: str, branch: str | None, output: str, *, no_push: bool) -> int:
    """Commit the release and print it."""
    with App(options) as app:
        target = choose_target(app.repository, branch, push=not no_push)
        result = release(app.writer(), target, istag, app.repository.author())
        echo_result(result, output)
        tell_sinks(app, result)
    return result_code(result)
