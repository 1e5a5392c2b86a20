"""Checking plain values against the project's JSON Schemas (2020-12), with sentences for people.

Validators are compiled once and kept: building one costs forty times what a check does. All errors are reported, each
short however large the value is. Findings beyond the schemas are the business of `rules`.

`pattern` matches whole values here. JSON Schema has ECMA's `$`, which is the end of the text and nothing else; Python's
stands before a last line break too, so that a commit's id with a line break would pass.
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
from reconciler.schema.sentence import Failure, missing, sentence, unknown

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class SchemaError:
    """One error: where, which rule, and a sentence that says what to write instead."""

    path: Path
    """Of the value; for an unknown field, of the field; for a missing one, of the mapping that lacks it."""
    rule: str
    message: str
    wants_text: bool = False
    """Whether the value would be right if it were text: a number or date without quotes, perhaps."""


def check(name: str, value: object) -> list[SchemaError]:
    """All errors of a value by `schemas/NAME.schema.json`, by path; empty if there are none."""
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
    failure = Failure.of(error)
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
    """The name that is missing: one error each, and only its message says which."""
    return [name for name in Failure.of(error).argument if error.message.startswith(f"{name!r} is")]
