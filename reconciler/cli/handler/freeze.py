"""`imagestream freeze`: stops all moves of an istag by an annotation on its spec tag."""

from __future__ import annotations

from reconciler.app.app import App
from reconciler.app.options import Options
from reconciler.cli.spec_commit import commit_spec_edit
from reconciler.edit.freeze import freeze as freeze_spec


def freeze(options: Options, istag: str, branch: str | None, *, push: bool) -> int:
    """Commit the annotation that stops all moves of the istag."""
    with App(options) as app:
        repository = app.repository
        return commit_spec_edit(
            app, branch, lambda snapshot: freeze_spec(snapshot, repository, istag, frozen=True), push=push
        )
