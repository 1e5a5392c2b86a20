"""`imagestream import`: look at the sources of an istag or a stream now, and commit what they give."""

from __future__ import annotations

import click

from reconciler.app import App, Options
from reconciler.cli.exit_code import FAILED
from reconciler.cli.flag import flag_option
from reconciler.cli.naming import Kind, name_argument
from reconciler.cli.output import is_failure, output_option, progress_bar
from reconciler.cli.plan import echo_json_plan, echo_plan
from reconciler.cli.sync import branch_option, echo_result, exit_code, last_line, no_push_option
from reconciler.edit.import_ import Importing, edit
from reconciler.edit.spec import draft_spec, write_spec
from reconciler.errors import ReconcilerError, UsageError
from reconciler.model.stream import ImportMode
from reconciler.reconcile.writer import Push, Result, Target, choose_target

_POLICIES = {"source": "Source", "local": "Local"}


@click.command("import")
@name_argument("name", Kind.STREAM, Kind.ISTAG, metavar="STREAM[:TAG]")
@flag_option("--all", "everything", help="The whole stream, as without :TAG.")
@click.option("--from", "source", metavar="PULLSPEC", help="Declare the tag, else latest, from it; needs --confirm.")
@flag_option("--confirm", help="Allow --from to declare what is not declared yet.")
@flag_option("--scheduled", default=None, help="Look at the registry again and again.")
@flag_option("--insecure", default=None, help="Allow plain HTTP and unverified TLS.")
@click.option("--reference-policy", type=click.Choice(list(_POLICIES)), help="As oc; kept for OpenShift.")
@click.option("--import-mode", type=click.Choice([str(mode) for mode in ImportMode]), help="Index, or one platform.")
@flag_option("--dry-run", help="Show what would be committed, and commit nothing.")
@branch_option
@no_push_option
@output_option
@click.pass_obj
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
    """Look at an istag's source now, scheduled or not, and commit what it gives.

    Without :TAG every tag of the stream that a registry can be asked about, what was pushed to it, and its
    dockerImageRepository. --from and the flags of the import policy edit the spec tag first, in a commit of their own;
    with --from a stream alone means its tag latest, as with oc.

    \b
    Example:
      imagestream import team-a/app:prod
      imagestream import team-a/app
      imagestream import app:1.4 --from quay.io/acme/app:1.4 --scheduled --confirm
    """
    asked = Importing(
        name=name,
        source=source,
        confirm=confirm,
        scheduled=scheduled,
        insecure=insecure,
        import_mode=ImportMode(import_mode) if import_mode else None,
        reference_policy=_POLICIES[reference_policy] if reference_policy else None,
    )
    if everything and ":" in name:
        raise UsageError(f"--all is for a whole stream; {name} names one tag. Leave one of them out.")
    if everything and asked.edits:
        advice = f"Write spec.dockerImageRepository into its file, and `imagestream import {name}` imports it."
        raise UsageError(
            f"--all does not go with --from or the flags of an import policy, which edit one tag. {advice}"
        )
    with App(options) as app:
        target = choose_target(app.repository, branch, push=not no_push)
        if dry_run:
            return _show(app, target, asked, output)
        return _import(app, target, asked, output)


def _import(app: App, target: Target, asked: Importing, output: str) -> int:
    person = app.repository.author()
    edited = _edit(app, target, asked) if asked.edits else None
    if edited is not None and edited.push is Push.FAILED:
        echo_result(edited, output)
        return exit_code(edited)
    known = edited.head if edited is not None and edited.written and not target.push else None
    try:
        with progress_bar("registries") as progress:
            result = app.reconciler(progress).import_(target, asked.target, person, known)
    except ReconcilerError:
        if edited is not None and edited.written and output == "text":
            click.echo(last_line(edited))  # that commit stands, whatever became of the import
        raise
    echo_result(result, output, edited)
    return exit_code(result)


def _edit(app: App, target: Target, asked: Importing) -> Result:
    """Edit the spec tag in a commit of its own, and say what it does."""
    person = app.repository.author()
    edited = write_spec(app.writer(person), target, person, lambda state: edit(state, app.repository, asked))
    for line in edited.notes if edited.push is not Push.FAILED else ():
        click.echo(line, err=True)
    return edited


def _show(app: App, target: Target, asked: Importing, output: str) -> int:
    person = app.repository.author()
    writer = app.writer(person)
    base = writer.base(target)
    if asked.edits:
        base = draft_spec(writer, base, person, lambda state: edit(state, app.repository, asked))
    with progress_bar("registries") as progress:
        planned = app.reconciler(progress).preview_import(target, base, asked.target, person)
    if output == "json":
        echo_json_plan(planned)
    else:
        echo_plan(planned)
        click.echo("Nothing was written: --dry-run.")
    return FAILED if is_failure(planned.problems) else 0
