"""`imagestream unfreeze`: lets a frozen istag move again."""

from __future__ import annotations

from reconciler.app.app import App
from reconciler.app.options import Options
from reconciler.cli.spec_commit import commit_spec_edit
from reconciler.edit.freeze import freeze as freeze_spec


def unfreeze(options: Options, istag: str, branch: str | None, *, push: bool) -> int:
    """Commit the edit that takes the annotation out."""
    with App(options) as app:
        repository = app.repository
        return commit_spec_edit(
            app, branch, lambda snapshot: freeze_spec(snapshot, repository, istag, frozen=False), push=push
        )
