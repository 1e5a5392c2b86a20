"""The error for an istag without a spec tag, with advice."""

from __future__ import annotations

from collections.abc import Collection

from reconciler.errors import InputError, UnknownNameError
from reconciler.model.name import IstagName
from reconciler.model.stream import Declarations

MEND = "`imagestream validate` shows why; mend that first."
"""The advice for a file that cannot be read now."""


def no_spec_tag(
    name: IstagName, declarations: Declarations, kept: Collection[IstagName], advice: str, broken_advice: str = ""
) -> InputError:
    """The error for an istag without a usable spec tag. If one is there but has errors, it advises to correct that one.

    `kept` are istags that an unreadable file declared; `advice` is for an istag that no file declares.
    """
    if name in declarations.broken or name in kept:
        return InputError(f"{name}: its spec tag cannot be read now. {MEND}{broken_advice}")
    return UnknownNameError(str(name), f"{name} has no spec tag.", advice)
