"""Reading the text of a marker: `{"$imagestream": "[NAMESPACE/]STREAM:TAG"}`, with `"part"` where a value is a part."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.errors import InputError
from reconciler.model.excerpt import bare, excerpt
from reconciler.model.image_field import Part
from reconciler.model.name import IstagName
from reconciler.settings import MAX_MARKER

KEY = "$imagestream"
ADVICE = 'Write # {"$imagestream": "NAMESPACE/STREAM:TAG"}.'
_PART = "part"
_PARTS = (Part.NAME, Part.TAG, Part.DIGEST)
_PART_BEHIND = re.compile(r"([^:]+:[^:]+):(name|tag|digest)")
"""As Flux's setters name a part."""


@dataclass(frozen=True, slots=True)
class Marker:
    """What a marker says."""

    istag: IstagName
    part: Part = Part.PULL_SPEC


def read_marker(text: str, namespace: str) -> Marker:
    """Read the text between `#` and the end of the line; `namespace` is for an istag without one.

    Raises `InputError` with what to write.
    """
    if len(text) > MAX_MARKER:
        raise InputError(f"the marker has more than {MAX_MARKER} characters. {ADVICE}")
    try:
        plain = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise InputError(f"the marker {excerpt(text)} is not JSON. {ADVICE}") from None
    if not isinstance(plain, dict) or KEY not in plain:
        raise InputError(f"the marker {excerpt(text)} does not name an istag. {ADVICE}")
    unknown = [key for key in plain if key not in {KEY, _PART}]
    if unknown:
        raise InputError(f"the marker has the unknown key {excerpt(unknown[0])}. Take it out.")
    return Marker(_istag(plain[KEY], namespace), _part(plain))


def _istag(name: object, namespace: str) -> IstagName:
    if not isinstance(name, str):
        raise InputError(f"the marker names {excerpt(name)}, which is not text. {ADVICE}")
    behind = _PART_BEHIND.fullmatch(name)
    if behind is not None:
        advice = f'Write # {{"{KEY}": "{bare(behind[1])}", "{_PART}": "{behind[2]}"}}.'
        raise InputError(f"the marker has the part behind the istag: {excerpt(name)}. {advice}")
    if ":" not in name:
        raise InputError(f"the marker names {excerpt(name)} without a tag. {ADVICE}")
    try:
        return IstagName.parse(name, namespace)
    except InputError as error:
        raise InputError(f"the marker names no istag: {error}") from None


def _part(plain: Mapping[str, object]) -> Part:
    if _PART not in plain:
        return Part.PULL_SPEC
    part = plain[_PART]
    found = next((each for each in _PARTS if each.value == part), None)
    if found is None:
        raise InputError(f"the marker has the part {excerpt(part)}. Write name, tag or digest, or take it out.")
    return found


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A mapping of JSON; raises `ValueError` where a key is there twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found
