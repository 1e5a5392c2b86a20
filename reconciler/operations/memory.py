"""Memory: what was last read of the repository, so that a process that runs for long reads only what differs."""

from __future__ import annotations

from reconciler.gitstore import Repository
from reconciler.operations.observe import look
from reconciler.operations.state import State, read_state
from reconciler.planning.world import World


class Memory:
    """The last state and World of one branch. One thread uses it."""

    def __init__(self) -> None:
        self._state: State | None = None
        self._world: World | None = None

    def look(self, repository: Repository, commit: str, branch: str) -> World:
        """The World of a commit as far as git knows it; what is remembered of another one is not read again."""
        if self._world is None or self._world.revision != commit:
            state = read_state(repository, commit, self._state)
            self._world = look(repository, commit, branch, state)
            self._state = state
        return self._world

    def forget(self) -> None:
        """Look again even at the same commit: a reference of ours moved, or something failed half way."""
        self._world = None
