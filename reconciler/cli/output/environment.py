"""Environment: what an istag means, as variables for a script.

A line is `NAME=value`, without quotes, because `$GITHUB_ENV` would keep them. So a value may only have characters that
no shell obeys (POSIX, Shell Command Language, 2.2); every variable is always printed, so that none is left over from
another name.
"""

from __future__ import annotations

import re

from reconciler.errors import InputError, UsageError
from reconciler.model.excerpt import excerpt
from reconciler.model.reference import Reference
from reconciler.provenance.resolve import ResolvedImage

_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}", re.ASCII)
_SAFE = re.compile(r"[A-Za-z0-9._/:@+\[\]-]*", re.ASCII)


def parse_prefix(text: str | None) -> str:
    """The beginning of each variable's name, with the `_` behind it; empty without a prefix."""
    if text is None:
        return ""
    if not _PREFIX.fullmatch(text):
        raise UsageError(f"prefix {excerpt(text)} cannot begin a variable. Use letters, digits and _, such as BASE.")
    return f"{text}_"


def environment_lines(found: ResolvedImage, prefix: str = "") -> list[str]:
    """The lines. Raises `InputError` for a value that a shell would obey."""
    previous = found.previous
    values = _image("", found.pull_spec, found.version, found.image)
    values["IMAGESTREAM_TAG"] = found.name if "@" not in found.name else ""
    values |= _image(
        "PREVIOUS_",
        previous.pull_spec if previous else "",
        found.previous_version,
        previous.image if previous else None,
    )
    return [f"{prefix}{name}={_checked(found.name, name, value)}" for name, value in values.items()]


def _image(start: str, pull_spec: str, version: str | None, digest: str | None) -> dict[str, str]:
    return {
        f"{start}IMAGE": pull_spec,
        f"{start}IMAGE_NAME": _repository(pull_spec),
        f"{start}IMAGE_TAG": version or "",
        f"{start}IMAGE_DIGEST": digest or "",
    }


def _repository(pull_spec: str) -> str:
    try:
        return Reference.parse(pull_spec).spelling if pull_spec else ""
    except InputError:  # a reference tag is recorded as it was written
        return ""


def _checked(name: str, variable: str, value: str) -> str:
    if not _SAFE.fullmatch(value):
        raise InputError(
            f"{name}: {variable} is {excerpt(value)}, which a shell would not take as text. Correct its source."
        )
    return value
