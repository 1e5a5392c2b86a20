"""The check of a plain value against a JSON Schema (2020-12) of this project, with a sentence for each error.

Validators are built once and kept, because building one takes forty times as long as a check. All errors are reported;
each is short, however large the value is. `rules` has the findings beyond the schemas.

`pattern` has to match the whole value here. In JSON Schema `$` is the end of the text (ECMA 262); in Python it also
matches before a line break at the end, so that a commit id with a line break would be accepted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from reconciler.model.finding import field_name
from reconciler.resources import schema_text
from reconciler.schema.sentence import FailedKeyword, missing, sentence, unknown

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class SchemaError:
    """One error: its place, its rule, and a sentence with what to write instead."""

    path: Path
    """The path of the value; for an unknown field that of the field, for a missing one that of the mapping."""
    rule: str
    message: str
    wants_text: bool = False
    """Whether the schema wants text here: the value may be a number or date without quotes."""


def check(name: str, value: object) -> list[SchemaError]:
    """All errors of a value by `schemas/NAME.schema.json`, in the order of their paths."""
    document: Any = value
    found = [each for error in _validator(name).iter_errors(document) for each in _errors(error)]
    mistyped = {error.path for error in found if error.rule == "wrong-type"}
    kept = [error for error in found if error.rule == "wrong-type" or error.path not in mistyped]
    return sorted(kept, key=lambda error: (tuple((isinstance(step, str), step) for step in error.path), error.rule))


def _whole(_validator: object, pattern: str, instance: object, _schema: object) -> Iterator[ValidationError]:
    """The keyword `pattern`: the whole value has to match."""
    if isinstance(instance, str) and re.fullmatch(pattern, instance) is None:
        yield ValidationError("does not match")


_Validator: type[Draft202012Validator] = extend(  # type: ignore[no-untyped-call]  # the stubs leave it out
    Draft202012Validator, {"pattern": _whole}
)


@cache
def _validator(name: str) -> Draft202012Validator:
    return _Validator(json.loads(schema_text(name)))


def _errors(error: ValidationError) -> Iterator[SchemaError]:
    path: Path = tuple(error.absolute_path)
    failure = FailedKeyword.of(error)
    if failure.keyword == "required":
        for name in _missing_names(error):
            yield SchemaError(path, failure.rule, missing(failure, field_name(path), name))
    elif failure.keyword == "additionalProperties" and failure.argument is False:
        for name in [str(key) for key in failure.instance if key not in failure.properties]:
            yield SchemaError((*path, name), failure.rule, unknown(failure, field_name(path), name))
    else:
        wants_text = failure.keyword == "type" and "string" in failure.argument
        yield SchemaError(path, failure.rule, sentence(failure, field_name(path)), wants_text)


def _missing_names(error: ValidationError) -> list[str]:
    """The missing name. jsonschema gives one error for each name, and only the message has the name."""
    return [name for name in FailedKeyword.of(error).argument if error.message.startswith(f"{name!r} is")]
