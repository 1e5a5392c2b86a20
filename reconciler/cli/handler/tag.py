"""`imagestream tag`: points spec tags at a source, as `oc tag` does, and commits that edit."""

from __future__ import annotations

import click

from reconciler.app.app import App
from reconciler.app.options import Options
from reconciler.cli.exit_code import DONE
from reconciler.cli.index_members import index_members
from reconciler.cli.naming import chosen_namespace, qualified
from reconciler.cli.options import REFERENCE_POLICIES
from reconciler.cli.registries import registries_when_needed
from reconciler.cli.spec_commit import commit_spec_edit
from reconciler.edit.spec_edit import SpecEdit, write_work_tree
from reconciler.edit.tag import SHORT_TYPES, SourceType, TagRequest, guess, untag
from reconciler.edit.tag import tag as tag_specs
from reconciler.errors import UsageError
from reconciler.model.stream import ImportMode
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.index_members import events_inside

_TYPES = {str(kind): kind for kind in SourceType} | SHORT_TYPES


def tag(  # noqa: PLR0913 - one parameter an option
    options: Options,
    names: tuple[str, ...],
    kind: str | None,
    reference_policy: str | None,
    import_mode: str | None,
    branch: str | None,
    *,
    alias: bool,
    reference: bool | None,
    scheduled: bool | None,
    insecure: bool | None,
    delete: bool,
    no_commit: bool,
    push: bool,
) -> int:
    """Edit the spec tags, commit the edit or leave it in the work tree, and print it."""
    names = _qualified(names, kind, chosen_namespace(click.get_current_context()), delete=delete)
    request = TagRequest(
        source=names[0],
        destinations=names[1:],
        source_type=_TYPES[kind] if kind else None,
        alias=alias,
        reference=reference,
        scheduled=scheduled,
        insecure=insecure,
        import_mode=ImportMode(import_mode) if import_mode else None,
        reference_policy=REFERENCE_POLICIES[reference_policy] if reference_policy else None,
    )
    _check(request, names, delete=delete)
    with App(options) as app:
        repository, registries = app.repository, registries_when_needed(app)

        def edit(snapshot: Snapshot) -> SpecEdit:
            if delete:
                return untag(snapshot, repository, names)
            return tag_specs(snapshot, repository, request, events_inside(index_members(registries, snapshot)))

        if not no_commit:
            return commit_spec_edit(app, branch, edit, push=push)
        for line in write_work_tree(repository, app.head(), edit):
            click.echo(line)
    return DONE


def _qualified(names: tuple[str, ...], kind: str | None, namespace: str | None, *, delete: bool) -> tuple[str, ...]:
    """The names with the namespace of `-n`; a pull spec has none."""
    is_pull_spec = not delete and (_TYPES[kind] if kind else guess(names[0])) is SourceType.DOCKER
    source = names[0] if is_pull_spec else qualified(names[0], namespace)
    return (source, *(qualified(name, namespace) for name in names[1:]))


def _check(request: TagRequest, names: tuple[str, ...], *, delete: bool) -> None:
    if not delete and len(names) < 2:  # noqa: PLR2004 - a source and a destination
        raise UsageError("imagestream tag needs SOURCE and at least one DEST. See `imagestream tag --help`.")
    if delete and request != TagRequest(names[0], names[1:]):
        raise UsageError("imagestream tag -d takes no other flag but --no-commit, --branch and --push.")
