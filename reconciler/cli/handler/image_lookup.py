"""`imagestream image-lookup`: edits or lists which names of images are looked up, as `oc set image-lookup` does."""

from __future__ import annotations

from pathlib import Path

from reconciler.app.app import App
from reconciler.app.options import Options
from reconciler.cli.exit_code import DONE
from reconciler.cli.object_command import object_choice, write_edit
from reconciler.cli.output.object_list import echo_lookup
from reconciler.edit.image_lookup import list_lookup, set_lookup
from reconciler.errors import UsageError
from reconciler.model.object_name import ObjectName
from reconciler.provenance.snapshot import read_snapshot


def image_lookup(  # noqa: PLR0913 - one parameter an option
    options: Options,
    objects: tuple[ObjectName, ...],
    files: tuple[Path, ...],
    branch: str | None,
    output: str,
    *,
    enabled: bool,
    list_only: bool,
    all_objects: bool,
    no_commit: bool,
    push: bool,
) -> int:
    """Edit the lookup, commit the edit or leave it in the work tree, and print it; or list it."""
    with App(options) as app:
        choice = object_choice(app, objects, files, all_objects=all_objects)
        if list_only or not (objects or files or all_objects):
            if not enabled and not list_only:
                raise UsageError("name the streams or objects that lose their lookup, or write --all.")
            snapshot = read_snapshot(app.repository, app.head())
            echo_lookup(list_lookup(snapshot, app.repository, choice), output)
            return DONE
        if output == "json":
            raise UsageError("-o json lists the lookup; write --list with it.")
        return write_edit(
            app,
            branch,
            lambda snapshot: set_lookup(snapshot, app.repository, choice, enabled=enabled),
            push=push,
            no_commit=no_commit,
        )
