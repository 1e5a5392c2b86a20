"""`imagestream tag`: point spec tags at a source, as `oc tag` does, and commit that edit."""

from __future__ import annotations

import click

from reconciler.app import App
from reconciler.cli.flag import flag_option
from reconciler.cli.freeze import push_option
from reconciler.cli.naming import chosen_namespace, namespace_option, qualified
from reconciler.cli.sync import as_asked, branch_option, echo_result, exit_code
from reconciler.edit.spec import Edited, write_spec, write_work_tree
from reconciler.edit.tag import SHORT_TYPES, SourceType, Tagging, guess, untag
from reconciler.edit.tag import tag as tag_specs
from reconciler.errors import UsageError
from reconciler.model.stream import ImportMode
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.index_members import events_inside
from reconciler.reconcile.writer import choose_target

_TYPES = {str(kind): kind for kind in SourceType} | SHORT_TYPES
_POLICIES = {"source": "Source", "local": "Local"}


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="SOURCE DEST...")
@click.option("--source", "kind", type=click.Choice(list(_TYPES)), help="What SOURCE is; else guessed as oc does.")
@flag_option("--alias", help="Follow the source istag instead of pinning what it means now.")
@flag_option("--reference", default=None, help="Record the pull spec only; nothing is imported.")
@flag_option("--scheduled", default=None, help="Look at the registry again and again.")
@flag_option("--insecure", default=None, help="Allow plain HTTP and unverified TLS.")
@click.option("--reference-policy", type=click.Choice(list(_POLICIES)), help="As oc tag; kept for OpenShift.")
@click.option("--import-mode", type=click.Choice([str(mode) for mode in ImportMode]), help="Index, or one platform.")
@namespace_option
@flag_option("-d", "--delete", help="Take the named spec tags out.")
@flag_option("--no-commit", help="Leave the edit in the work tree.")
@branch_option
@push_option
@click.pass_context
def tag(  # noqa: PLR0913 - one parameter an option
    context: click.Context,
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
    """Point spec tags at a source and commit that one edit; with -d take them out.

    Only the bytes concerned change. An istag as SOURCE is pinned to what it means now, unless --alias is given.

    \b
    Example:
      imagestream tag quay.io/acme/app:1.4.2 team-a/app:prod
      imagestream tag --alias app:dev app:test
      imagestream tag -d app:old
    """
    names = _qualified(names, kind, chosen_namespace(context), delete=delete)
    asked = Tagging(
        source=names[0],
        destinations=names[1:],
        source_type=_TYPES[kind] if kind else None,
        alias=alias,
        reference=reference,
        scheduled=scheduled,
        insecure=insecure,
        import_mode=ImportMode(import_mode) if import_mode else None,
        reference_policy=_POLICIES[reference_policy] if reference_policy else None,
    )
    _check(asked, names, delete=delete)
    with App(context.obj) as app:
        repository, person = app.repository, app.repository.author()

        def edit(state: Snapshot) -> Edited:
            if delete:
                return untag(state, repository, names)
            return tag_specs(state, repository, asked, events_inside(app.inside(state)))

        if no_commit:
            for line in write_work_tree(repository, app.head(), edit):
                click.echo(line)
            return 0
        target = choose_target(repository, branch, push=push)
        result = write_spec(app.writer(person), target, person, edit)
    echo_result(as_asked(result, push=push), "text")
    return exit_code(result)


def _qualified(names: tuple[str, ...], kind: str | None, namespace: str | None, *, delete: bool) -> tuple[str, ...]:
    """The names with the namespace of `-n`; a pull spec has none."""
    is_pull_spec = not delete and (_TYPES[kind] if kind else guess(names[0])) is SourceType.DOCKER
    source = names[0] if is_pull_spec else qualified(names[0], namespace)
    return (source, *(qualified(name, namespace) for name in names[1:]))


def _check(asked: Tagging, names: tuple[str, ...], *, delete: bool) -> None:
    if not delete and len(names) < 2:  # noqa: PLR2004 - a source and a destination
        raise UsageError("imagestream tag needs SOURCE and at least one DEST. See `imagestream tag --help`.")
    if delete and asked != Tagging(names[0], names[1:]):
        raise UsageError("imagestream tag -d takes no other flag but --no-commit, --branch and --push.")
