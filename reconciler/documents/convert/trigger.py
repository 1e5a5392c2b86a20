"""The annotation `image.openshift.io/triggers`: a JSON list as text, read as the Go code of OpenShift reads it.

Keys may be in upper or lower case, null is the same as a missing field, and one value of a wrong type makes the whole
annotation invalid.
"""

from __future__ import annotations

import re
from dataclasses import replace

from reconciler.documents.read.json_reader import read_json
from reconciler.documents.read.node import to_plain
from reconciler.errors import DocumentError, InputError
from reconciler.model.excerpt import bare, excerpt
from reconciler.model.trigger import Trigger

_NOT_JSON = "this is not JSON: "
_ENTRY = {name.lower(): name for name in ("from", "fieldPath", "paused")}
_FROM = {name.lower(): name for name in ("kind", "name", "namespace", "apiVersion")}
_LOOKED_AT = 10_000
"""Characters of a text in which these mistakes are searched."""
# Mistakes that the position of the JSON error does not explain. The first that matches counts.
_HINTS = (
    (
        re.compile(r"\A\s*(?:---|- |[A-Za-z]+:)"),
        'OpenShift does not read YAML here. Write [{"from": {…}, …}].',
    ),
    (re.compile(r"\A[\[\s]*\{\s*[A-Za-z]+\s*:"), "a key has no quotes. Write each in double quotes."),
    (
        re.compile(r'":\s*"[^"\n]*@\.name=="'),
        r"the quotes inside fieldPath are not escaped. Write ?(@.name==\"NAME\").",
    ),
    (re.compile(r"[\[{,:]\s*'"), "text is in single quotes. Write double quotes."),
)


def read_triggers(text: str) -> tuple[Trigger, ...]:
    """The triggers in their order. Raises `InputError`, with what is wrong and what to write instead."""
    if not text.strip():
        raise InputError("the annotation is empty, which is not JSON. Write [] or take it out.")
    try:
        value = to_plain(read_json(text, ""))
    except DocumentError as error:
        raise _not_json(text, error) from error
    if value is None:
        return ()
    if not isinstance(value, list):
        raise InputError(f"the annotation is {excerpt(value)}, not a list. Write a list of triggers in [ and ].")
    return tuple(_trigger(number, entry) for number, entry in enumerate(value, start=1))


def _not_json(text: str, error: DocumentError) -> InputError:
    hint = next((advice for pattern, advice in _HINTS if pattern.search(text, 0, _LOOKED_AT)), None)
    if hint is not None:
        return InputError(f"the annotation is not JSON: {hint}")
    place = f"in its line {error.line}, column {error.column}" if error.line > 1 else f"at character {error.column}"
    if error.message.startswith(_NOT_JSON):
        return InputError(f"the annotation is not JSON {place}: {error.message.removeprefix(_NOT_JSON)}")
    return InputError(f"the annotation cannot be read {place}: {error.message}")


def _trigger(number: int, entry: object) -> Trigger:
    who = f"trigger {number}"
    plain, unknown = _fields(entry, _ENTRY, who)
    source, unknown_from = _fields(plain.get("from"), _FROM, f"{who}: from")
    trigger = Trigger(
        kind=_text(source, "kind", f"{who}: from."),
        name=_text(source, "name", f"{who}: from."),
        namespace=_text(source, "namespace", f"{who}: from."),
        api_version=_text(source, "apiVersion", f"{who}: from."),
        field_path=_text(plain, "fieldPath", f"{who}: "),
        paused=_flag(plain, "paused", f"{who}: "),
    )
    return replace(trigger, unknown=(*unknown.items(), *((f"from.{key}", each) for key, each in unknown_from.items())))


def _fields(value: object, known: dict[str, str], who: str) -> tuple[dict[str, object], dict[str, object]]:
    """The known fields by their correct spelling, and the unknown ones."""
    if value is None:
        return {}, {}
    if not isinstance(value, dict):
        raise InputError(f"{who} is {excerpt(value)}, not a mapping. Write {', '.join(known.values())} in {{ and }}.")
    found = {known[key.lower()]: each for key, each in value.items() if key.lower() in known}
    return found, {key: each for key, each in value.items() if key.lower() not in known}


def _text(plain: dict[str, object], field: str, who: str) -> str:
    value = plain.get(field)
    if value is not None and not isinstance(value, str):
        raise InputError(f"{who}{field} is {bare(excerpt(value))}, not text, so no trigger works. Put it in quotes.")
    return value or ""


def _flag(plain: dict[str, object], field: str, who: str) -> bool:
    value = plain.get(field)
    if value is not None and not isinstance(value, bool):
        advice = "Write true or false, without quotes."
        raise InputError(f"{who}{field} is {excerpt(value)}, neither true nor false, so no trigger works. {advice}")
    return value is True
