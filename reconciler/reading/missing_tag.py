"""The error for an istag that has no spec tag, with what to do about it."""

from __future__ import annotations

from collections.abc import Collection

from reconciler.errors import InputError, UnknownNameError
from reconciler.model.name import IstagName
from reconciler.model.stream import Declarations

MEND = "`imagestream validate` shows why; mend that first."
"""What to do about a file that cannot be read now."""


def no_spec_tag(
    name: IstagName, declarations: Declarations, kept: Collection[IstagName], advice: str, broken_advice: str = ""
) -> InputError:
    """Why an istag has no spec tag, and what to do: to declare one that is there but wrong would help nobody."""
    if name in declarations.broken or name in kept:
        return InputError(f"{name}: its spec tag cannot be read now. {MEND}{broken_advice}")
    return UnknownNameError(str(name), f"{name} has no spec tag.", advice)
