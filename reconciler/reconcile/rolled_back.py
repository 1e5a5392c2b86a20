"""What a person is told after a roll back."""

from __future__ import annotations

from reconciler.model.name import IstagName
from reconciler.planning.world import World


def after_roll_back(name: IstagName, world: World) -> str:
    """What a person is told after every roll back."""
    if world.spec.tag(name) is None:
        what = "the next new image that is pushed or imported moves it"
        return f"{name} was rolled back; {what}. To stop that, declare its tag and: imagestream freeze {name}"
    return f"{name} was rolled back; the next new image of its source moves it. To stop that: imagestream freeze {name}"
