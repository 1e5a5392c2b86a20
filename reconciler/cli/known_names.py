"""The names of a commit: for the completion of names, and for suggestions where a name is misspelt.

Reading a commit takes many modules, so this module is imported only when the names are needed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from reconciler.app.app import App
from reconciler.app.options import Options
from reconciler.cli.name_kind import Kind
from reconciler.errors import ReconcilerError
from reconciler.provenance.snapshot import read_snapshot
from reconciler.reading.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class KnownNames:
    """The istags that are declared or recorded, and their streams; sorted, each with its namespace."""

    istags: tuple[str, ...]
    streams: tuple[str, ...]
    default_namespace: str

    @property
    def namespaces(self) -> list[str]:
        """The namespaces of the streams, sorted."""
        return sorted({name.partition("/")[0] for name in self.streams})

    def begun(self, text: str, kinds: Collection[Kind], namespace: str | None) -> list[str]:
        """The names of these kinds that begin with the text.

        Names in `namespace`, else in the default one, may be written without it.
        """
        implied = self.default_namespace if namespace is None else namespace
        written = {each for name in self._of(kinds) for each in _spellings(name, implied)}
        return sorted(each for each in written if each.startswith(text))

    def _of(self, kinds: Collection[Kind]) -> Iterator[str]:
        yield from self.istags if Kind.ISTAG in kinds else ()
        yield from self.streams if Kind.STREAM in kinds else ()


def read_known_names(options: Options) -> KnownNames | None:
    """The names of the checked-out commit; None where it cannot be read."""
    try:
        with App(options) as app:
            return known_names(read_snapshot(app.repository, app.head()))
    except ReconcilerError:
        return None


def known_names(snapshot: Snapshot) -> KnownNames:
    """The names of a commit."""
    istags = {*snapshot.declarations.declared, *snapshot.histories, *snapshot.unreadable}
    streams = {istag.stream_name for istag in istags} | set(snapshot.declarations.streams)
    return KnownNames(
        tuple(sorted(map(str, istags))), tuple(sorted(map(str, streams))), snapshot.config.default_namespace
    )


def _spellings(name: str, implied: str) -> Iterator[str]:
    """The spellings of a name: with its namespace, and without it where that namespace is implied."""
    yield name
    space, _, rest = name.partition("/")
    if space == implied:
        yield rest
