"""Kept answers: what registries answered in one try of a pass, for the next try, which plans on another tip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.history import TagHistory
from reconciler.model.name import IstagName
from reconciler.model.reference import Reference
from reconciler.reconcile.registry_pool import Answers


@dataclass(slots=True)
class KeptAnswers:
    """The answers of the tries so far."""

    answers: Answers = field(default_factory=Answers)
    histories: Mapping[IstagName, TagHistory] | None = None

    def on(self, histories: Mapping[IstagName, TagHistory]) -> Answers:
        """The answers that still count on a tip with these histories; the others are dropped and fetched again.

        If another reconciler recorded an event meanwhile, its answer may be newer than ours: the registry went from A
        to B, this one got A, that one recorded B. Then A on top of B would be an event that never happened.
        """
        before, self.histories = self.histories, histories
        if before is not None:
            changed = [name for name in {*before, *histories} if before.get(name) != histories.get(name)]
            tops = [each.top for name in changed for each in (before.get(name), histories.get(name)) if each]
            references = [Reference.parse(top.pull_spec) for top in tops if top]
            self.answers.forget({(reference.host, reference.repository) for reference in references})
        return self.answers
