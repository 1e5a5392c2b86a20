"""`imagestream import`: looks up the sources of an istag or a stream now, and commits their images."""

from __future__ import annotations

import click

from reconciler.app.options import Options
from reconciler.app.registry_app import RegistryApp
from reconciler.cli.exit_code import DONE, FAILED
from reconciler.cli.options import REFERENCE_POLICIES
from reconciler.cli.output.pass_result import echo_result, last_line, result_code
from reconciler.cli.output.plan import echo_json_plan, echo_plan
from reconciler.cli.output.problem import has_failure
from reconciler.cli.output.progress import progress_bar
from reconciler.cli.told_sinks import tell_sinks
from reconciler.edit.import_ import ImportRequest, edit_for_import
from reconciler.edit.spec_edit import draft_spec, write_spec
from reconciler.errors import ReconcilerError, UsageError
from reconciler.model.stream import ImportMode
from reconciler.reconcile.import_pass import preview_import, run_import
from reconciler.reconcile.writer import Push, Result, Target, choose_target


def import_(  # noqa: PLR0913, PLR0917 - one parameter an option
    options: Options,
    name: str,
    source: str | None,
    reference_policy: str | None,
    import_mode: str | None,
    branch: str | None,
    output: str,
    *,
    everything: bool,
    confirm: bool,
    scheduled: bool | None,
    insecure: bool | None,
    dry_run: bool,
    no_push: bool,
) -> int:
    """Import what the name means, or show what would be committed."""
    request = ImportRequest(
        name=name,
        source=source,
        confirm=confirm,
        scheduled=scheduled,
        insecure=insecure,
        import_mode=ImportMode(import_mode) if import_mode else None,
        reference_policy=REFERENCE_POLICIES[reference_policy] if reference_policy else None,
    )
    if everything and ":" in name:
        raise UsageError(f"--all is for a whole stream; {name} names one tag. Leave one of them out.")
    if everything and request.edits:
        advice = f"Write spec.dockerImageRepository into its file, and `imagestream import {name}` imports it."
        raise UsageError(
            f"--all does not go with --from or the flags of an import policy, which edit one tag. {advice}"
        )
    with RegistryApp(options) as app:
        target = choose_target(app.repository, branch, push=not no_push)
        if dry_run:
            return _show(app, target, request, output)
        return _import(app, target, request, output)


def _import(app: RegistryApp, target: Target, request: ImportRequest, output: str) -> int:
    person = app.repository.author()
    edited = _edit(app, target, request) if request.edits else None
    if edited is not None and edited.push is Push.FAILED:
        echo_result(edited, output)
        return result_code(edited)
    known = edited.head if edited is not None and edited.written and not target.push else None
    try:
        with progress_bar("registries") as progress:
            result = run_import(app.reconciler(progress), target, request.target, person, known)
    except ReconcilerError:
        if edited is not None and edited.written and output == "text":
            click.echo(last_line(edited))  # that commit is kept although the import failed
        raise
    echo_result(result, output, edited)
    tell_sinks(app, result)
    return result_code(result)


def _edit(app: RegistryApp, target: Target, request: ImportRequest) -> Result:
    """Edit the spec tag in a commit of its own, and print the edit."""
    person = app.repository.author()
    edited = write_spec(
        app.writer(person), target, person, lambda snapshot: edit_for_import(snapshot, app.repository, request)
    )
    for line in edited.notes if edited.push is not Push.FAILED else ():
        click.echo(line, err=True)
    return edited


def _show(app: RegistryApp, target: Target, request: ImportRequest, output: str) -> int:
    person = app.repository.author()
    writer = app.writer(person)
    base = writer.base(target)
    if request.edits:
        base = draft_spec(writer, base, person, lambda snapshot: edit_for_import(snapshot, app.repository, request))
    with progress_bar("registries") as progress:
        planned = preview_import(app.reconciler(progress), target, base, request.target, person)
    if output == "json":
        echo_json_plan(planned)
    else:
        echo_plan(planned)
        click.echo("Nothing was written: --dry-run.")
    return FAILED if has_failure(planned.problems) else DONE
