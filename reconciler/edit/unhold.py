"""The release of held images by command: the next pass may come back to them."""

from __future__ import annotations

from reconciler.errors import UnknownNameError
from reconciler.model.change import Unhold
from reconciler.model.history import TagHold
from reconciler.model.name import IstagName
from reconciler.model.person import Person, Request
from reconciler.model.plan import Plan
from reconciler.reconcile.apply import draft
from reconciler.reconcile.observe import read_world
from reconciler.reconcile.writer import Composition, Result, Target, Writer


def release(writer: Writer, target: Target, text: str, person: Person) -> Result:
    """Release every image that is held for an istag. Raises `UnknownNameError` where none is held."""

    def compose(base: str) -> Composition:
        world = read_world(writer.repository, base, target.branch)
        name = IstagName.parse(text, world.spec.config.default_namespace)
        hold = world.record.holds.get(name)
        if hold is None:
            raise UnknownNameError(str(name), f"{name} is not held.", "`imagestream status` shows what is.")
        top = world.record.histories[name].top if name in world.record.histories else None
        identity = top.identity if top else None
        change = Unhold(
            tag=name,
            image=identity,
            previous=identity,
            request=Request(person),
            hold=TagHold(name),
            released=tuple(entry.identity for entry in hold.held),
        )
        made = draft([change], world.spec.config.commit, writer.committer)
        return Composition(Plan(base, (change,)), (made,), (0,))

    return writer.write(target, compose)
