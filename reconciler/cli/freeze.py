"""`imagestream freeze` and `unfreeze`: stop all moves of an istag by an annotation on its spec tag."""

from __future__ import annotations

import click

from reconciler.app import App, Options
from reconciler.cli.flag import flag_option
from reconciler.cli.naming import name_argument
from reconciler.cli.sync import as_asked, branch_option, echo_result, exit_code
from reconciler.edit.spec import freeze as freeze_spec
from reconciler.edit.spec import write_spec
from reconciler.reconcile.writer import choose_target

push_option = flag_option("--push", "push", help="Push the commit; else it stays here.")


@click.command()
@name_argument("istag")
@branch_option
@push_option
@click.pass_obj
def freeze(options: Options, istag: str, branch: str | None, *, push: bool) -> int:
    """Stop all moves of an istag: edits its spec tag and commits that one edit.

    \b
    Example:
      imagestream freeze team-a/app:prod --push
    """
    return _write(options, istag, branch, push=push, frozen=True)


@click.command()
@name_argument("istag")
@branch_option
@push_option
@click.pass_obj
def unfreeze(options: Options, istag: str, branch: str | None, *, push: bool) -> int:
    """Let a frozen istag move again: edits its spec tag and commits that one edit.

    \b
    Example:
      imagestream unfreeze team-a/app:prod --push
    """
    return _write(options, istag, branch, push=push, frozen=False)


def _write(options: Options, istag: str, branch: str | None, *, push: bool, frozen: bool) -> int:
    with App(options) as app:
        repository, person = app.repository, app.repository.author()
        target = choose_target(repository, branch, push=push)
        result = write_spec(
            app.writer(person), target, person, lambda state: freeze_spec(state, repository, istag, frozen=frozen)
        )
    echo_result(as_asked(result, push=push), "text")
    return exit_code(result)
