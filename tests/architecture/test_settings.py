"""Every key of the two configuration kinds has an effect, or using it is an error that names it."""

from __future__ import annotations

import ast
import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import reconciler
from reconciler.documents.convert.config import to_config, to_installation
from reconciler.resources import schema_text
from reconciler.schema.check import check

Schema = Mapping[str, Any]
Steps = tuple[str, ...]
ITEM = "[]"
CONVERT: Mapping[str, Callable[[object], object]] = {"config": to_config, "installation": to_installation}
DEFINING = {"model/config.py", "model/hint.py", "documents/convert_config.py"}
"""Where a setting is defined and filled; reading it there does not count as a use."""
OBJECT_KEYS = {("apiVersion",), ("kind",), ("metadata",)}
"""What every object has; `check` and every reader of objects know them."""


def keys(schema: Schema, path: Steps = ()) -> Iterator[tuple[Steps, Schema]]:
    """The keys that hold a value, each with its schema; `[]` means the items of a list."""
    inner = schema.get("properties", {})
    if schema.get("type") == "array" and schema["items"].get("properties"):
        yield from keys(schema["items"], (*path, ITEM))
    elif inner:
        for name, field in inner.items():
            yield from keys(field, (*path, name))
    else:
        yield path, schema


def leaves() -> Iterator[tuple[str, Steps]]:
    for name in CONVERT:
        yield from ((name, path) for path, _ in keys(schema(name)) if path not in OBJECT_KEYS)


@cache
def schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(schema_text(name))
    return loaded


def at(found: Schema, path: Steps) -> Schema:
    for step in path:
        found = found["items"] if step == ITEM else found["properties"][step]
    return found


def takes_its_default_only(field: Schema) -> bool:
    """Whether all other values are refused; a test below proves it."""
    others = [value for value in field.get("enum", ()) if value != field.get("default")]
    return others == [field["not"]["const"]] if "not" in field else False


def sample(field: Schema) -> object:
    """A value that the field takes and that is not its default."""
    default, kind = field.get("default"), field.get("type")
    refused = field.get("not", {}).get("const")
    for choice in (*field.get("enum", ()), *field.get("examples", ())):
        if choice not in (default, refused):
            return choice
    if kind == "boolean":
        return not default
    if kind == "integer":
        return (default or field.get("minimum", 0)) + 1
    if kind == "array":
        return [sample(field["items"])]
    if kind == "object":
        inner = field.get("properties", {"a": field.get("additionalProperties")})
        return {name: sample(inner[name]) for name in field.get("required") or list(inner)[:1]}
    return "/some/thing"


def document(name: str, path: Steps, value: object, *, with_key: bool = True) -> dict[str, Any]:
    """An object with one key set, and the keys that must be beside it: one choice of `oneOf`, too."""
    root: dict[str, Any] = {}
    place: Any = root
    found: Schema = schema(name)
    for step in path[:-1]:
        if step == ITEM:
            place.append({})
            place, found = place[0], found["items"]
            place.update({each: sample(found["properties"][each]) for each in found.get("required", ())})
            place.update({each: sample(found["properties"][each]) for each in chosen(found, path)})
        else:
            found = found["properties"][step]
            place = place.setdefault(step, [] if found.get("type") == "array" else {})
            if found.get("type") == "object":
                place.update({each: sample(found["properties"][each]) for each in found.get("required", ())})
    for needed in found.get("dependentRequired", {}).get(path[-1], ()):
        place[needed] = sample(found["properties"][needed])
    if with_key:
        place[path[-1]] = value
    else:
        place.pop(path[-1], None)
    return {"apiVersion": "reconciler/v1alpha1", "kind": name.capitalize(), **root}


def chosen(found: Schema, path: Steps) -> list[str]:
    """The names of the first choice of `oneOf`, unless the path goes through another one."""
    choices = [choice["required"] for choice in found.get("oneOf", ())]
    return [] if any(name in path for names in choices for name in names) else [*choices[:1], []][0]


def differing(one: object, other: object) -> Iterator[str]:
    """The fields of the model in which two configurations differ."""
    if isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        for pair in zip(one, other, strict=True):
            yield from differing(*pair)
    elif dataclasses.is_dataclass(one) and type(one) is type(other):
        for field in dataclasses.fields(one):
            mine, theirs = getattr(one, field.name), getattr(other, field.name)
            if mine != theirs:
                yield field.name
                yield from differing(mine, theirs)


@cache
def attributes() -> frozenset[str]:
    """The attributes that the program reads, without the modules that define settings."""
    root = Path(reconciler.__file__).parent
    files = (path for path in root.rglob("*.py") if path.relative_to(root).as_posix() not in DEFINING)
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in files)
    return frozenset(node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute))


@pytest.mark.parametrize(
    ("name", "path"), list(leaves()), ids=lambda each: ".".join(each) if type(each) is tuple else each
)
def test_a_key_has_an_effect_or_is_refused(name: str, path: Steps) -> None:
    field = at(schema(name), path)
    if field.get("not") == {}:
        (error,) = check(name, document(name, path, {}))
        assert (error.rule, f"{path[-1]} is not supported." in error.message) == ("not-supported", True)
        return
    if takes_its_default_only(field):
        return
    value = document(name, path, sample(field))
    assert check(name, value) == []
    names = set(differing(CONVERT[name](value), CONVERT[name](document(name, path, None, with_key=False))))
    assert names, "the key changes nothing"
    assert names <= attributes(), "no code reads what the key sets"


def test_a_value_that_a_key_does_not_take_yet_is_refused() -> None:
    for name in CONVERT:
        for path, field in keys(schema(name)):
            if field.get("not"):
                (error,) = check(name, document(name, path, field["not"]["const"]))
                assert error.rule == "not-supported"
