"""The commit of an edit of spec tags, as `tag`, `freeze` and `unfreeze` make it."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.app.app import App
from reconciler.cli.output.pass_result import echo_result, result_code, with_push_required
from reconciler.edit.spec_edit import SpecEdit, write_spec
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.writer import choose_target


def commit_spec_edit(app: App, branch: str | None, edit: Callable[[Snapshot], SpecEdit], *, push: bool) -> int:
    """Commit the edit in the name of the person who runs the command, and print the result; its exit code."""
    person = app.repository.author()
    result = write_spec(app.writer(person), choose_target(app.repository, branch, push=push), person, edit)
    echo_result(with_push_required(result, push=push), "text")
    return result_code(result)
