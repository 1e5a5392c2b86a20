"""`imagestream set-triggers`: edits or lists the triggers of workloads, as `oc set triggers` does."""

from __future__ import annotations

from pathlib import Path

from reconciler.app.app import App
from reconciler.app.options import Options
from reconciler.cli.exit_code import DONE
from reconciler.cli.object_command import object_choice, write_edit
from reconciler.cli.output.object_list import echo_triggers
from reconciler.documents.edit.target.trigger_edit import TriggerEdit
from reconciler.edit.object_choice import ObjectChoice
from reconciler.edit.set_triggers import TriggerRequest, list_triggers
from reconciler.edit.set_triggers import set_triggers as edit_triggers
from reconciler.errors import UsageError
from reconciler.model.object_name import ObjectName
from reconciler.provenance.snapshot import read_snapshot


def set_triggers(  # noqa: PLR0913 - one parameter an option
    options: Options,
    objects: tuple[ObjectName, ...],
    from_image: str | None,
    containers: str | None,
    files: tuple[Path, ...],
    branch: str | None,
    *,
    output: str,
    from_config: bool,
    from_github: bool,
    from_gitlab: bool,
    from_bitbucket: bool,
    from_webhook: bool,
    auto: bool,
    manual: bool,
    remove: bool,
    remove_all: bool,
    all_objects: bool,
    no_commit: bool,
    push: bool,
) -> int:
    """Edit the triggers, commit the edit or leave it in the work tree, and print it; or list them."""
    hooks = {"GitHub": from_github, "GitLab": from_gitlab, "Bitbucket": from_bitbucket, "Generic": from_webhook}
    webhooks = [name for name, given in hooks.items() if given]
    kinds = len(webhooks) + from_config + bool(from_image)
    _check(kinds, auto=auto, manual=manual, remove=remove, remove_all=remove_all)
    if containers and not from_image:
        raise UsageError("-c says which containers follow an istag. Name the istag with --from-image.")
    edit = TriggerEdit(
        containers=tuple(name.strip() for name in (containers or "").split(",") if name.strip()),
        config=from_config,
        webhook=webhooks[0] if webhooks else "",
        remove=remove,
        remove_all=remove_all,
        automatic=not manual,
    )
    with App(options) as app:
        choice = object_choice(app, objects, files, all_objects=all_objects)
        if not (kinds or auto or manual or remove_all):
            return _list(app, choice, output)
        if output == "json":
            raise UsageError("-o json lists triggers; leave the flags that change them out.")
        request = TriggerRequest(edit, from_image or "")
        return write_edit(
            app,
            branch,
            lambda snapshot: edit_triggers(snapshot, app.repository, choice, request),
            push=push,
            no_commit=no_commit,
        )


def _list(app: App, choice: ObjectChoice, output: str) -> int:
    snapshot = read_snapshot(app.repository, app.head())
    echo_triggers(list_triggers(snapshot, app.repository, choice), output)
    return DONE


def _check(kinds: int, *, auto: bool, manual: bool, remove: bool, remove_all: bool) -> None:
    """Raise `UsageError` for flags that exclude each other, as `oc set triggers` does."""
    if auto and manual:
        raise UsageError("--auto and --manual exclude each other. Leave one of them out.")
    if remove_all and (remove or kinds or auto or manual):
        raise UsageError("--remove-all takes no other flag of triggers.")
    if remove and not kinds:
        raise UsageError(
            "--remove needs the trigger to remove, such as --from-image=app:prod. --remove-all removes all."
        )
    if remove and (auto or manual):
        raise UsageError("--remove takes a trigger out; leave --auto and --manual out.")
    if kinds > 1:
        raise UsageError("set one type of trigger at a time.")
