"""Sentences: what a failed keyword of a JSON Schema means for the person who wrote the document.

| keyword              | rule          |
| -------------------- | ------------- |
| type                 | wrong-type    |
| required, minItems   | missing-field |
| additionalProperties | unknown-key |
| not                  | not-supported |
| everything else      | wrong-value   |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import ValidationError

from reconciler.model.excerpt import bare, excerpt
from reconciler.model.likeness import nearest_word

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list (each item begins with `- `)",
    "object": "a mapping (KEY: VALUE)",
    "null": "nothing",
}
_MOST_NAMED = 12
"""The number of choices that a sentence lists."""

RULES: Mapping[str, str] = {
    "wrong-type": "A value has another type than the field allows.",
    "wrong-value": "A value that the field does not allow.",
    "missing-field": "A required field is missing.",
    "unknown-key": "A field that this kind does not have.",
    "not-supported": "A field, or a value of a field, that has no effect in this version.",
}
"""The rules of the schemas, with descriptions."""


_RULE_BY_KEYWORD: Mapping[str, str] = {
    "type": "wrong-type",
    "required": "missing-field",
    "minItems": "missing-field",
    "minProperties": "missing-field",
    "dependentRequired": "missing-field",
    "additionalProperties": "unknown-key",
    "not": "not-supported",
}
"""Any other keyword is a `wrong-value`."""


@dataclass(frozen=True, slots=True)
class FailedKeyword:
    """One failed keyword at one value, from the error of jsonschema without its optional types."""

    keyword: str
    argument: Any
    """The value of the keyword in the schema, such as the choices of an enum or the name of a type."""
    instance: Any
    schema: Mapping[str, Any]

    @classmethod
    def of(cls, error: ValidationError) -> FailedKeyword:
        """The failure in an error of jsonschema."""
        schema = error.schema if isinstance(error.schema, dict) else {}
        return cls(str(error.validator), error.validator_value, error.instance, schema)

    @property
    def rule(self) -> str:
        """The name of the rule that is broken."""
        return _RULE_BY_KEYWORD.get(self.keyword, "wrong-value")

    @property
    def properties(self) -> Mapping[str, Any]:
        """The fields that the schema has here."""
        found: Mapping[str, Any] = self.schema.get("properties", {})
        return found


def sentence(failure: FailedKeyword, field: str) -> str:
    """The sentence about a value: what is wrong and what to write instead. `field` is its path."""
    write = _BY_KEYWORD.get(failure.keyword, _generic)
    return write(failure, field or "the document")


def missing(failure: FailedKeyword, field: str, name: str) -> str:
    """The sentence about a missing field; it names an unknown field that was probably meant."""
    meant = nearest_word(name, [str(key) for key in failure.instance if key not in failure.properties])
    full = f"{field}.{name}" if field else name
    if meant:
        return f"{full} is missing. {excerpt(meant)} is probably meant to be it."
    return f"{full} is missing. Write {name}: {_sample(failure.properties.get(name, {}))}."


def _sample(schema: Mapping[str, Any]) -> str:
    """A value for a missing field: its constant, default, first choice or first example."""
    choices = [schema.get("const"), schema.get("default"), *schema.get("enum", ()), *schema.get("examples", ())]
    return next((choice for choice in choices if choice and isinstance(choice, str)), "and its value")


def unknown(failure: FailedKeyword, field: str, name: str) -> str:
    """The sentence about an unknown field."""
    known = sorted(name for name, schema in failure.properties.items() if schema.get("not") != {})
    full = f"{field}.{bare(name)}" if field else bare(name)
    meant = nearest_word(name, known)
    if meant:
        return f"{full} is unknown. {meant} is probably meant."
    return f"{full} is unknown. Known here: {_listed(known)}."


def _type(failure: FailedKeyword, field: str) -> str:
    named = failure.argument if isinstance(failure.argument, list) else [failure.argument]
    wanted = [_TYPES.get(str(name), str(name)) for name in named if name != "null"]
    return f"{field} is {_shown(failure.instance)}. Write {' or '.join(wanted)}{_example(failure)}."


def _enum(failure: FailedKeyword, field: str) -> str:
    choices = [str(choice) for choice in failure.argument if choice]
    meant = nearest_word(failure.instance, choices) if isinstance(failure.instance, str) else None
    advice = f"{meant} is probably meant." if meant else f"Write one of {_listed(choices)}."
    return f"{field} is {_shown(failure.instance)}. {advice}"


def _const(failure: FailedKeyword, field: str) -> str:
    return f"{field} is {_shown(failure.instance)}. Write {failure.argument}."


def _pattern(failure: FailedKeyword, field: str) -> str:
    about = failure.schema.get("description", "")
    advice = f" {about}" if about else ""
    example = _example(failure).removeprefix(", ")
    return f"{field} is {_shown(failure.instance)}.{advice}{f' Write it {example}.' if example else ''}"


def _empty(failure: FailedKeyword, field: str) -> str:
    if isinstance(failure.instance, list):
        return f"{field} is empty. Write at least {failure.argument}."
    return f"{field} is empty. Write text{_example(failure)}."


def _no_properties(failure: FailedKeyword, field: str) -> str:
    return f"{field} is empty. Write at least one of {_listed(list(failure.properties))}."


def _length(failure: FailedKeyword, field: str) -> str:
    noun = "items" if isinstance(failure.instance, list) else "characters"
    return f"{field} is too long. Write at most {failure.argument} {noun}."


def _minimum(failure: FailedKeyword, field: str) -> str:
    return f"{field} is {_shown(failure.instance)}. Write at least {failure.argument}."


def _maximum(failure: FailedKeyword, field: str) -> str:
    return f"{field} is {_shown(failure.instance)}. Write at most {failure.argument}."


def _one_of(failure: FailedKeyword, field: str) -> str:
    names = [str(name) for choice in failure.argument for name in choice.get("required", ())]
    return f"{field} has to have exactly one of {_listed(names)}."


def _not(failure: FailedKeyword, field: str) -> str:
    """The sentence about a planned key or value, which the schemas refuse with `not` so that it is not ignored."""
    what = f"{field}: {failure.argument['const']}" if "const" in failure.argument else field
    return f"{what} is not supported. {failure.schema.get('description', '')} Take it out."


def _dependent(failure: FailedKeyword, field: str) -> str:
    wanting = {name: needed for name, needed in failure.argument.items() if name in failure.instance}
    name, needed = next(iter(wanting.items()))
    return f"{field} has {name} without {_listed([each for each in needed if each not in failure.instance])}. Add it."


def _generic(failure: FailedKeyword, field: str) -> str:
    return f"{field} is {_shown(failure.instance)}, which does not fit here."


_BY_KEYWORD: Mapping[str, Callable[[FailedKeyword, str], str]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "minLength": _empty,
    "minItems": _empty,
    "minProperties": _no_properties,
    "maxLength": _length,
    "maxItems": _length,
    "minimum": _minimum,
    "maximum": _maximum,
    "oneOf": _one_of,
    "not": _not,
    "dependentRequired": _dependent,
}


def _shown(value: object) -> str:
    if isinstance(value, str):
        return excerpt(value)
    if value is None:
        return "empty"
    names = {bool: "", int: "the number ", float: "the number "}
    return f"{names.get(type(value), '')}{excerpt(value)}"


def _example(failure: FailedKeyword) -> str:
    examples = failure.schema.get("examples")
    texts = [text for text in examples or () if isinstance(text, str)]
    return f", for example {texts[0]}" if texts else ""


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMED])
    return f"{shown}, …" if len(names) > _MOST_NAMED else shown
