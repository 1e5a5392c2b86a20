"""An edit of objects in a person's name: their files after it, its commit message, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from reconciler.documents.edit.target.workload_object import WorkloadObject, with_object
from reconciler.edit.object_choice import ChosenObject
from reconciler.edit.spec_edit import SpecEdit
from reconciler.edit.spec_file import Files
from reconciler.model.phrase import plural
from reconciler.model.text import inert
from reconciler.model.text import line as text_line

Steps = Callable[[WorkloadObject], Iterable[object]]

_MOST_LINES = 20
"""Objects that a message lists."""


def edit_objects(
    chosen: Iterable[ChosenObject], steps: Steps, verb: str, line: Callable[[WorkloadObject], str], effect: str
) -> SpecEdit:
    """Edit objects, one after the other; those that stay as they are get a line too.

    `verb` begins the subject of the commit, `line` says what an object has become, and `effect` what follows.
    """
    files: Files = {}
    changed: list[WorkloadObject] = []
    lines: list[str] = []
    for each in chosen:
        wanted = list(steps(each.target))
        if not wanted:
            lines.append(text_line(f"{each.target.described} stays as it is."))
            continue
        before = files.get(each.target.file) or each.data
        files[each.target.file] = with_object(before, each.target, wanted, "Edit it by hand.")
        changed.append(each.target)
        lines.append(text_line(line(each.target)))
    if not changed:
        return SpecEdit({}, "", tuple(lines))
    subject = changed[0].described if len(changed) == 1 else plural(len(changed), "object")
    listed = [inert(line(target)) for target in changed[:_MOST_LINES]]
    more = [f"and {len(changed) - _MOST_LINES} more"] if len(changed) > _MOST_LINES else []
    message = f"{verb} {inert(subject)}\n\n{chr(10).join([*listed, *more])}\n"
    return SpecEdit(files, message, (*lines, *([effect] if effect else [])))
