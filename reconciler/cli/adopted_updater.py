"""The adoption of another updater's configuration: commits the edit, leaves it in the work tree, or shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import click

from reconciler.app.app import App
from reconciler.app.options import Options
from reconciler.cli.exit_code import DONE, FAILED
from reconciler.cli.naming import check_namespace
from reconciler.cli.output.pass_result import echo_result, result_code
from reconciler.cli.output.text import echo_error
from reconciler.edit.adopt.flux import adopt_flux
from reconciler.edit.adopt.image_updater import adopt_image_updater
from reconciler.edit.adopt.rewrite import Rewrite
from reconciler.edit.spec_edit import SpecEdit, checked, write_spec, write_work_tree
from reconciler.errors import UsageError
from reconciler.provenance.snapshot import read_snapshot
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.writer import choose_target

_UPDATERS: dict[str, Callable[[Rewrite, str | None], SpecEdit]] = {
    "flux": adopt_flux,
    "argocd-image-updater": adopt_image_updater,
}


@dataclass(frozen=True, slots=True)
class UpdaterRequest:
    """The options of `adopt --from`."""

    updater: str
    namespace: str | None
    branch: str | None
    dry_run: bool
    no_commit: bool
    push: bool


def adopt_updater(options: Options, request: UpdaterRequest) -> int:
    """Translate what the updater is told in this repository; 1 if a part is left for a person."""
    namespace = check_namespace(request.namespace)
    problems: list[str] = []
    with App(options) as app:

        def edit(snapshot: Snapshot) -> SpecEdit:
            rewrite = Rewrite(app.repository, snapshot)
            made = _UPDATERS[request.updater](rewrite, namespace)
            problems[:] = rewrite.problems  # a push that came first makes the edit anew
            return made

        code = _write(app, request, edit)
    for problem in problems:
        echo_error(problem)
    return FAILED if problems else code


def _write(app: App, request: UpdaterRequest, edit: Callable[[Snapshot], SpecEdit]) -> int:
    target = None if request.no_commit else choose_target(app.repository, request.branch, push=request.push)
    if target is None and request.branch:
        raise UsageError("--no-commit leaves the edit in the work tree, so --branch has no effect with it.")
    if request.dry_run:
        snapshot = read_snapshot(app.repository, app.head() if target is None else app.writer().base(target))
        lines = (*checked(app.repository, snapshot, edit(snapshot)).lines, "Nothing was written: this is a dry run.")
    elif target is None:
        lines = write_work_tree(app.repository, app.head(), edit) or ("No changes.",)
    else:
        person = app.repository.author()
        result = write_spec(app.writer(person), target, person, edit)
        echo_result(result, "text")
        return result_code(result)
    for line in lines:
        click.echo(line)
    return DONE
