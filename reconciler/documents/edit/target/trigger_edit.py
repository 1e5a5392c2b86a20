"""Trigger edits: what `set-triggers` changes in the triggers of one object, as `oc set triggers` does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.documents.edit.target.workload_object import WorkloadObject
from reconciler.errors import InputError
from reconciler.model.excerpt import bare, excerpt
from reconciler.model.name import IstagName
from reconciler.model.plain import mapping
from reconciler.model.stream import SourceKind
from reconciler.model.trigger import Trigger


@dataclass(frozen=True, slots=True)
class TriggerEdit:
    """The flags of `set-triggers`."""

    image: IstagName | None = None
    """The istag of `--from-image`."""
    containers: tuple[str, ...] = ()
    """The names of `-c`; empty for those that it has, or for the only one."""
    config: bool = False
    """`--from-config`: the trigger that a changed object fires."""
    webhook: str = ""
    """The type of a webhook of a BuildConfig, such as `GitHub`."""
    remove: bool = False
    remove_all: bool = False
    automatic: bool = True
    """False for `--manual`."""

    @property
    def is_reset(self) -> bool:
        """Whether it makes every trigger automatic or manual."""
        return not (self.image or self.config or self.webhook or self.remove or self.remove_all)


@dataclass(frozen=True, slots=True)
class ShownTrigger:
    """One trigger of an object, as it is listed."""

    kind: str
    """`config`, `image`, `webhook`, `github`, `gitlab` or `bitbucket`."""
    istag: str = ""
    containers: tuple[str, ...] = ()
    automatic: bool | None = None
    """None for a webhook, which is neither."""
    problem: str = ""
    """Why it has no effect; empty where it has."""


def istag_reference(istag: IstagName, namespace: str) -> dict[str, object]:
    """The `from` of a trigger; the namespace is written where it is not that of the object."""
    there = {} if istag.namespace == namespace else {"namespace": istag.namespace}
    return {"kind": str(SourceKind.ISTAG), "name": istag.short, **there}


def referenced_istag(source: object, namespace: str) -> IstagName | None:
    """The istag that the `from` of a trigger names; None where it names none."""
    plain = mapping(source)
    known = {key: value for key, value in plain.items() if isinstance(value, str)}
    try:
        return Trigger(
            kind=known.get("kind", ""), name=known.get("name", ""), namespace=known.get("namespace", "")
        ).istag(namespace)
    except InputError:
        return None


def chosen_containers(target: WorkloadObject, edit: TriggerEdit, current: Sequence[str]) -> tuple[str, ...]:
    """The containers of an image trigger: those of `-c`, else those that it has, else the only one.

    Raises `InputError` where they are unknown or not clear.
    """
    there = list(dict.fromkeys(name for _, _, name in target.containers if name))
    chosen = edit.containers or tuple(current) or (tuple(there) if len(there) == 1 else ())
    listed = ", ".join(map(bare, there)) or "none"
    if not chosen:
        raise InputError(f"{target.described} ({target.where}) has these containers: {listed}. Name some with -c.")
    wrong = [name for name in chosen if name not in there]
    if wrong:
        raise InputError(
            f"{target.described} ({target.where}) has no container {excerpt(wrong[0])}. It has these: {listed}."
        )
    return tuple(dict.fromkeys(chosen))
