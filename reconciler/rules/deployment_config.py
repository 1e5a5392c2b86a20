"""ImageChange triggers of a DeploymentConfig, as OpenShift's image trigger controller reads them.

| a trigger                                          | effect                                                        |
| -------------------------------------------------- | ------------------------------------------------------------- |
| `automatic: true`                                  | its containers and its `lastTriggeredImage` follow its istag  |
| not automatic                                      | nothing follows                                               |
| `from` of another kind than ImageStreamTag         | it is passed over                                             |
| automatic, without an image and `lastTriggeredImage` | no trigger of the object works until its istag has an image |
| a name in `containerNames` that no container has   | the name is passed over                                       |
| of another type than ImageChange                   | its `imageChangeParams` count all the same                    |
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.errors import InputError
from reconciler.model.excerpt import bare, excerpt
from reconciler.model.name import IstagName
from reconciler.model.plain import items, mapping, text
from reconciler.model.stream import SourceKind
from reconciler.rules.config_trigger import (
    IMAGE_CHANGE,
    ConfigTriggers,
    Entry,
    FollowedValue,
    entries,
    flag,
    istag_of,
)
from reconciler.rules.container import Containers, Place
from reconciler.rules.table import Hit
from reconciler.rules.trigger_target import at

API_GROUPS = frozenset({"", "apps.openshift.io"})
_POD_SPEC = ("spec", "template", "spec")
_PARAMS = "imageChangeParams"
_LAST = "lastTriggeredImage"
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class _Automatic:
    """An automatic trigger, and its istag; None if it can never have an image."""

    entry: Entry
    istag: IstagName | None

    @property
    def waits(self) -> bool:
        """Whether the object waits for its image (OpenShift)."""
        return not text(self.entry.params.get(_LAST))


def deployment_config(plain: object, namespace: str) -> ConfigTriggers:
    """What the triggers of a DeploymentConfig say; `namespace` is its own."""
    found = ConfigTriggers()
    containers = Containers.of_pod_spec(at(plain, _POD_SPEC))
    automatic: list[_Automatic] = []
    for each in entries(plain, _PARAMS, frozenset({IMAGE_CHANGE}), any_type=True):
        if isinstance(each, Hit):
            found.hits.append(each)
            continue
        istag = _istag(each, namespace, found)
        found.hits.extend(_container_hits(each, containers))
        if flag(each, "automatic", found) and _is_istag(each):
            automatic.append(_Automatic(each, istag))
    waiting = [each for each in automatic if each.waits]
    if all(each.istag is not None for each in waiting):
        required = frozenset(each.istag for each in waiting if each.istag is not None)
        for trigger in automatic:
            found.followed.extend(_followed(trigger, containers, required))
    return found


def _is_istag(entry: Entry) -> bool:
    return mapping(entry.params.get("from")).get("kind") == SourceKind.ISTAG


def _istag(entry: Entry, namespace: str, found: ConfigTriggers) -> IstagName | None:
    try:
        istag = istag_of(entry.params.get("from"), namespace)
    except InputError as error:
        stops = _is_istag(entry) and entry.params.get("automatic") is True and not text(entry.params.get(_LAST))
        effect = ", and no trigger works" if stops else ""
        found.hits.append(entry.hit("trigger-source", f" is passed over{effect}: {error}"))
        return None
    found.named.append((entry.number, istag))
    return istag


def _names(entry: Entry) -> Sequence[object]:
    return items(entry.params.get("containerNames"))


def _container_hits(entry: Entry, containers: Containers) -> Iterator[Hit]:
    names = _names(entry)
    if not names:
        advice = "Write containerNames with the names of the containers that follow it."
        yield entry.hit("trigger-container", f" names no container. {advice}")
    for index, name in enumerate(names):
        where = ("containerNames", index)
        place = containers.names.get(name) if isinstance(name, str) and name else None
        if place is not None and not place.has_text:
            problem = f": the image of container {bare(place.name)} is {excerpt(place.image)}, not text."
            yield entry.hit("trigger-container", f"{problem} Write a pull spec in quotes.", *where)
        elif place is None and not containers.unknown:
            shown = bare(name) if isinstance(name, str) else excerpt(name)
            problem = f" names a container that is not there, {shown}. {_instead(containers)}"
            yield entry.hit("trigger-container", problem, *where)


def _instead(containers: Containers) -> str:
    names = [bare(name) for name in containers.names if name]
    more = ["…"] if len(names) > _MOST_NAMED else []
    which = "one of " if len(names) > 1 else ""
    return f"Name {which}{', '.join(names[:_MOST_NAMED] + more)}." if names else "Take it out."


def _followed(each: _Automatic, containers: Containers, required: frozenset[IstagName]) -> Iterator[FollowedValue]:
    if each.istag is None:
        return
    for place in _places(each.entry, containers):
        identity = ".".join((*_POD_SPEC, place.path))
        yield FollowedValue((*_POD_SPEC, place.group, place.index, "image"), each.istag, identity, requires=required)
    if isinstance(each.entry.params.get(_LAST), str):
        identity = f"spec.triggers[{each.istag}].{_PARAMS}.{_LAST}"
        yield FollowedValue((*each.entry.path, _LAST), each.istag, identity, requires=required)


def _places(entry: Entry, containers: Containers) -> Iterator[Place]:
    names = dict.fromkeys(name for name in _names(entry) if isinstance(name, str) and name)
    places = (containers.names.get(name) for name in names)
    return (place for place in places if place is not None and place.has_text)
