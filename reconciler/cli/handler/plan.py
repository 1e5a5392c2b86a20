"""`imagestream plan`: shows what a pass would do now, with live digests."""

from __future__ import annotations

from reconciler.app.options import Options
from reconciler.app.registry_app import RegistryApp
from reconciler.cli.exit_code import DONE, FAILED, PENDING
from reconciler.cli.output.plan import echo_json_plan, echo_markdown_plan, echo_plan
from reconciler.cli.output.problem import has_failure
from reconciler.cli.output.progress import progress_bar
from reconciler.reconcile.preview import preview

_RENDERERS = {"text": echo_plan, "json": echo_json_plan, "markdown": echo_markdown_plan}


def plan(options: Options, base: str | None, output: str, *, exit_code: bool) -> int:
    """Plan a pass over the checked-out commit and print the plan."""
    with RegistryApp(options) as app, progress_bar("registries") as progress:
        planned = preview(app.repository, app.head(), app.registries(progress), app.clock, base)
    _RENDERERS[output](planned)
    if has_failure(planned.problems):
        return FAILED
    return PENDING if exit_code and planned.changes else DONE
