"""Isolation: a fault of this program in the decision about one istag ends no pass (design 3.10)."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.change import Change
from reconciler.model.name import IstagName
from reconciler.model.observation import Reason
from reconciler.model.plan import Problem

Decision = Iterable[Change | Problem]
"""What is decided about one istag, in order; worked out while it is read."""


class Decisions:
    """Collects decisions; one that fails becomes a problem of its istag, whose files stay as they are."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.problems: list[Problem] = []
        self._failed: set[IstagName] = set()

    def add(self, name: IstagName, decision: Decision) -> None:
        """Add a decision about an istag, unless an earlier one about it failed."""
        if name in self._failed:
            return
        changes: list[Change] = []
        try:
            for each in decision:
                if isinstance(each, Change):
                    changes.append(each)
                else:
                    self.problems.append(each)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other istags go on
            self._failed.add(name)
            text = f"{name} is left as it is: internal error ({type(error).__name__}). Please open an issue."
            self.problems.append(Problem(name, Reason.INVALID, text, name.history_path))
        else:
            self.changes += changes
