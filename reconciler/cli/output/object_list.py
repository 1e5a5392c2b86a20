"""Lists of objects with their triggers or their image lookup: as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.cli.output.json_form import Json, echo_json
from reconciler.cli.output.table import echo_table
from reconciler.documents.edit.target.trigger_edit import ShownTrigger
from reconciler.documents.edit.target.workload_object import WorkloadObject
from reconciler.edit.image_lookup import LookupState
from reconciler.edit.set_triggers import TriggerList
from reconciler.model.object_name import short_name
from reconciler.model.text import line

_WORDS = {None: "", True: "true", False: "false"}


def echo_triggers(found: Sequence[TriggerList], output: str) -> None:
    """Print the triggers of objects (schemas/set-triggers.schema.json)."""
    if output == "json":
        echo_json({"objects": [{**_object(each.target), **_triggers(each)} for each in found]})
        return
    echo_table(("NAMESPACE", "NAME", "TYPE", "VALUE", "AUTO", "FILE"), (row for each in found for row in _rows(each)))


def echo_lookup(found: Sequence[LookupState], output: str) -> None:
    """Print whether images are looked up (schemas/image-lookup.schema.json)."""
    if output == "json":
        echo_json({"objects": [{**_object(each.target), "enabled": each.enabled} for each in found]})
        return
    rows = ((each.target.namespace, _name(each.target), _WORDS[each.enabled], each.target.where) for each in found)
    echo_table(("NAMESPACE", "NAME", "LOCAL", "FILE"), (tuple(map(line, row)) for row in rows))


def _rows(found: TriggerList) -> Iterator[tuple[str, ...]]:
    target = found.target
    if found.problem:
        yield tuple(map(line, (target.namespace, _name(target), "<error>", found.problem, "", target.where)))
    elif not found.triggers:
        yield tuple(map(line, (target.namespace, _name(target), "<none>", "", "", target.where)))
    for each in found.triggers:
        cells = (target.namespace, _name(target), each.kind, _value(each), _WORDS[each.automatic], target.where)
        yield tuple(map(line, cells))


def _value(trigger: ShownTrigger) -> str:
    names = f" ({', '.join(trigger.containers)})" if trigger.containers else ""
    problem = f" <{trigger.problem}>" if trigger.problem else ""
    return f"{trigger.istag}{names}{problem}"


def _name(target: WorkloadObject) -> str:
    return f"{short_name(target.api_version, target.kind)}/{target.name}"


def _object(target: WorkloadObject) -> dict[str, Json]:
    return {
        "kind": line(target.kind),
        "namespace": line(target.namespace),
        "name": line(target.name),
        "file": target.file,
        "line": target.line,
    }


def _triggers(found: TriggerList) -> dict[str, Json]:
    triggers: list[Json] = [
        {
            "type": each.kind,
            "tag": line(each.istag) or None,
            "containers": [line(name) for name in each.containers],
            "automatic": each.automatic,
            "problem": line(each.problem) or None,
        }
        for each in found.triggers
    ]
    return {"triggers": triggers, "problem": line(found.problem) or None}
