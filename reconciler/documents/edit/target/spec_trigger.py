"""Spec triggers: `spec.triggers` of a DeploymentConfig or BuildConfig, edited as `oc set triggers` does.

| type        | DeploymentConfig                                   | BuildConfig                                    |
| ----------- | -------------------------------------------------- | ---------------------------------------------- |
| ImageChange | `imageChangeParams`: istag, containers, automatic  | `imageChange`: istag; the strategy's if `{}`   |
| ConfigChange| rolls out a changed template                       | the first build                                |
| webhooks    | none                                               | `GitHub`, `GitLab`, `Bitbucket`, `Generic`     |

A manual trigger of a BuildConfig is one that is not there. An empty list is written as `[]`, because a DeploymentConfig
without `triggers` gets those of its defaults.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.documents.edit.target.trigger_edit import (
    ShownTrigger,
    TriggerEdit,
    chosen_containers,
    istag_reference,
    referenced_istag,
)
from reconciler.documents.edit.target.workload_object import SPEC_TRIGGERS, WorkloadObject, list_steps
from reconciler.documents.edit.value import value_at, with_value_at
from reconciler.errors import InputError
from reconciler.model.excerpt import bare
from reconciler.model.name import IstagName
from reconciler.model.plain import flag, items, mapping, text, texts

DEPLOYMENT_CONFIG, BUILD_CONFIG = "DeploymentConfig", "BuildConfig"
_CONFIG, _IMAGE = "ConfigChange", "ImageChange"
_WEBHOOKS = {"GitHub": "github", "GitLab": "gitlab", "Bitbucket": "bitbucket", "Generic": "webhook"}
_STRATEGIES = ("sourceStrategy", "dockerStrategy", "customStrategy")

Entry = Mapping[str, object]


def spec_steps(target: WorkloadObject, edit: TriggerEdit) -> Iterator[object]:
    """The steps to the wanted value of the object; none where it does not change. Raises `InputError`."""
    there = value_at(target.value, SPEC_TRIGGERS)
    if there is not None and not isinstance(there, list):
        raise InputError(f"{target.described} ({target.where}): spec.triggers is no list. Correct it by hand.")
    current = items(there)
    entries = [mapping(each) for each in current]
    wanted, added = _decision(target, edit, entries)
    if wanted != entries or added:
        for step in list_steps(current, wanted, added):
            yield with_value_at(target.value, SPEC_TRIGGERS, step)


def shown_spec_triggers(target: WorkloadObject) -> Iterator[ShownTrigger]:
    """The triggers, as they are listed; the image of a build's strategy is one, automatic or not."""
    entries = [mapping(each) for each in items(value_at(target.value, SPEC_TRIGGERS))]
    yield ShownTrigger("config", automatic=any(_is(entry, _CONFIG) for entry in entries))
    strategy = _strategy(target) if target.kind == BUILD_CONFIG else None
    for entry in (each for each in entries if _is(each, _IMAGE)):
        istag = _istag(target, entry)
        params = mapping(entry.get("imageChangeParams"))
        is_automatic = flag(params.get("automatic")) if target.kind == DEPLOYMENT_CONFIG else not _is_paused(entry)
        problem = "" if istag else "from names no istag"
        names = texts(params.get("containerNames"))
        yield ShownTrigger("image", str(istag or ""), tuple(map(bare, names)), automatic=is_automatic, problem=problem)
        strategy = None if istag == strategy else strategy
    if strategy is not None:
        yield ShownTrigger("image", str(strategy), automatic=False)
    for name, shown in _WEBHOOKS.items():
        yield from (ShownTrigger(shown) for entry in entries if _is(entry, name))


Decision = tuple[list[Entry | None], list[Entry]]
"""The wanted value of each entry, None where it is taken out, and the added ones."""


def _decision(target: WorkloadObject, edit: TriggerEdit, entries: list[Entry]) -> Decision:
    if edit.remove_all:
        return [None for _ in entries], []
    return (_build if target.kind == BUILD_CONFIG else _deployment)(target, edit, entries)


def _deployment(target: WorkloadObject, edit: TriggerEdit, entries: list[Entry]) -> Decision:
    if edit.webhook:
        raise InputError(f"{target.described} ({target.where}) has no webhooks: only a BuildConfig has.")
    wanted: list[Entry | None] = list(entries)
    if edit.is_reset:
        wanted = [_automatic(entry, automatic=edit.automatic) if _is(entry, _IMAGE) else entry for entry in entries]
        return _with_config(wanted, wanted=edit.automatic)
    if edit.config:
        return _with_config(wanted, wanted=edit.automatic and not edit.remove)
    if edit.remove or edit.image is None:
        return [None if _istag(target, entry) == edit.image else entry for entry in entries], []
    return _deployed_image(target, edit, edit.image, entries)


def _deployed_image(target: WorkloadObject, edit: TriggerEdit, image: IstagName, entries: list[Entry]) -> Decision:
    mine = [entry for entry in entries if _is(entry, _IMAGE) and _istag(target, entry) == image]
    chosen = list(chosen_containers(target, edit, _container_names(mine[0]) if mine else ()))
    for entry in entries:
        taken = [name for name in _container_names(entry) if name in chosen and _istag(target, entry) != image]
        if taken:
            other = _istag(target, entry)
            raise InputError(
                f"{target.described} ({target.where}): container {bare(taken[0])} follows {other} already, and it can "
                f"follow one istag only. Remove that trigger first: --remove --from-image={other}"
            )
    if not mine:
        params: dict[str, object] = {"automatic": True} if edit.automatic else {}
        params |= {"containerNames": chosen, "from": istag_reference(image, target.namespace)}
        return list(entries), [{"type": _IMAGE, "imageChangeParams": params}]
    changed = _automatic(mine[0], automatic=edit.automatic)
    changed = {**changed, "imageChangeParams": {**mapping(changed.get("imageChangeParams")), "containerNames": chosen}}
    return [changed if entry is mine[0] else entry for entry in entries], []


def _build(target: WorkloadObject, edit: TriggerEdit, entries: list[Entry]) -> Decision:
    if edit.containers:
        raise InputError(f"{target.described} ({target.where}) has no containers. Leave -c out.")
    if edit.webhook:
        return _without_webhook(edit, entries)
    if edit.config:
        return _with_config(list(entries), wanted=edit.automatic and not edit.remove)
    if edit.image is None:
        return _build_reset(target, entries, automatic=edit.automatic)
    is_mine = [_is(entry, _IMAGE) and _istag(target, entry) == edit.image for entry in entries]
    if edit.remove or not edit.automatic:
        return [None if mine else entry for mine, entry in zip(is_mine, entries, strict=True)], []
    change = {} if edit.image == _strategy(target) else {"from": istag_reference(edit.image, target.namespace)}
    added: list[Entry] = [] if any(is_mine) else [{"type": _IMAGE, "imageChange": change}]
    return [_unpaused(entry) if mine else entry for mine, entry in zip(is_mine, entries, strict=True)], added


def _without_webhook(edit: TriggerEdit, entries: list[Entry]) -> Decision:
    if not edit.remove:
        by_hand = f"{{type: {edit.webhook}, {edit.webhook.lower()}: {{secretReference: {{name: SECRET}}}}}}"
        raise InputError(f"a webhook needs a secret, which would be committed to git. Write by hand: {by_hand}")
    return [None if _is(entry, edit.webhook) else entry for entry in entries], []


def _build_reset(target: WorkloadObject, entries: list[Entry], *, automatic: bool) -> Decision:
    if not automatic:
        return [None if _is(entry, _IMAGE) or _is(entry, _CONFIG) else entry for entry in entries], []
    wanted, added = _with_config([_unpaused(entry) for entry in entries], wanted=True)
    strategy = _strategy(target)
    if strategy is not None and not any(_is(each, _IMAGE) and _istag(target, each) == strategy for each in entries):
        added.append({"type": _IMAGE, "imageChange": {}})
    return wanted, added


def _with_config(entries: list[Entry | None], *, wanted: bool) -> Decision:
    """The entries with or without the trigger of a changed object."""
    is_there = any(entry is not None and _is(entry, _CONFIG) for entry in entries)
    if wanted:
        return entries, [] if is_there else [{"type": _CONFIG}]
    return [None if entry is not None and _is(entry, _CONFIG) else entry for entry in entries], []


def _automatic(entry: Entry, *, automatic: bool) -> Entry:
    params = mapping(entry.get("imageChangeParams"))
    if flag(params.get("automatic")) is automatic:
        return entry
    return {**entry, "imageChangeParams": {**params, "automatic": automatic}}


def _unpaused(entry: Entry) -> Entry:
    if not _is_paused(entry):
        return entry
    change = {key: value for key, value in mapping(entry.get("imageChange")).items() if key != "paused"}
    return {**entry, "imageChange": change}


def _is_paused(entry: Entry) -> bool:
    return flag(mapping(entry.get("imageChange")).get("paused"))


def _container_names(entry: Entry) -> tuple[str, ...]:
    return texts(mapping(entry.get("imageChangeParams")).get("containerNames"))


def _istag(target: WorkloadObject, entry: Entry) -> IstagName | None:
    if target.kind == DEPLOYMENT_CONFIG:
        return referenced_istag(mapping(entry.get("imageChangeParams")).get("from"), target.namespace)
    source = mapping(entry.get("imageChange")).get("from")
    return referenced_istag(source, target.namespace) if source is not None else _strategy(target)


def _strategy(target: WorkloadObject) -> IstagName | None:
    """The istag that a build's strategy builds on."""
    strategy = mapping(value_at(target.value, ("spec", "strategy")))
    sources = (mapping(strategy.get(key)).get("from") for key in _STRATEGIES)
    found = (referenced_istag(source, target.namespace) for source in sources if source is not None)
    return next((istag for istag in found if istag is not None), None)


def _is(entry: Entry, kind: str) -> bool:
    return text(entry.get("type")).lower() == kind.lower()
