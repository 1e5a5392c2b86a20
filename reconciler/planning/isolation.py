"""Deciding istags apart from each other: a fault of this program in one of them ends no pass (design 3.10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec

from reconciler.model.change import Change
from reconciler.model.name import IstagName
from reconciler.model.observation import Reason
from reconciler.model.plan import Problem

P = ParamSpec("P")


class Apart:
    """Calls a decision about one istag; one that fails is a problem of that istag, which is left as it is."""

    def __init__(self, changes: list[Change], problems: list[Problem]) -> None:
        self._changes = changes
        self._problems = problems
        self._given_up: set[IstagName] = set()

    def __call__(self, name: IstagName, decide: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """Decide about an istag, unless a decision about it failed before."""
        if name in self._given_up:
            return
        before = len(self._changes)
        try:
            decide(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other istags go on
            self._changes[before:] = [each for each in self._changes[before:] if each.tag != name]
            self._given_up.add(name)
            text = f"{name} is left as it is: internal error ({type(error).__name__}). Please open an issue."
            self._problems.append(Problem(name, Reason.INVALID, text, name.history_path))
