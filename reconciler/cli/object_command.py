"""What `set-triggers` and `image-lookup` share: the choice of objects, and the commit or the edit in the work tree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from reconciler.app.app import App
from reconciler.cli.exit_code import DONE
from reconciler.cli.naming import chosen_namespace
from reconciler.cli.spec_commit import commit_spec_edit
from reconciler.edit.object_choice import ObjectChoice
from reconciler.edit.spec_edit import SpecEdit, write_work_tree
from reconciler.errors import UsageError
from reconciler.model.object_name import ObjectName
from reconciler.reading.snapshot import Snapshot


def object_choice(
    app: App, objects: tuple[ObjectName, ...], files: tuple[Path, ...], *, all_objects: bool
) -> ObjectChoice:
    """The choice that the arguments describe. Raises `UsageError` for a file outside of the repository."""
    namespace = chosen_namespace(click.get_current_context())
    return ObjectChoice(objects, namespace, tuple(_below(app, file) for file in files), all_objects)


def write_edit(
    app: App, branch: str | None, edit: Callable[[Snapshot], SpecEdit], *, push: bool, no_commit: bool
) -> int:
    """Commit the edit, or leave it in the work tree, and print what it did; the exit code."""
    if not no_commit:
        return commit_spec_edit(app, branch, edit, push=push)
    if branch or push:
        raise UsageError("--no-commit leaves the edit in the work tree, so --branch and --push have no effect with it.")
    for line in write_work_tree(app.repository, app.head(), edit):
        click.echo(line)
    return DONE


def _below(app: App, file: Path) -> str:
    """The path of a file in the repository. The last component may be a symlink, which is not followed."""
    root = app.repository.path
    try:
        return (file.parent.resolve() / file.name).relative_to(root.resolve()).as_posix()
    except ValueError as error:
        raise UsageError(f"{file} is not below {root}. Name files of that repository, or use -C.") from error
