"""Everything that a set of files declares: streams merged over files, with all findings in file order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.documents.object_kind import FileObject
from reconciler.model.config import Config
from reconciler.model.finding import bounded
from reconciler.model.image_field import Via
from reconciler.model.stream import Declarations
from reconciler.reading.file_reading import DeclaredBefore, FileReading, default_namespace, read_file, read_items
from reconciler.reading.image_target import unmatched_targets
from reconciler.reading.lookup import LookedUp, LookupReading, ReadLookups, look_up, read_lookups, undeclared
from reconciler.reading.merge import merge
from reconciler.reading.tree import Tree
from reconciler.reading.workload import is_undeclared
from reconciler.rules.image_claim import settle_claims
from reconciler.rules.local_policy import local_policies
from reconciler.settings import MAX_FINDINGS


def declare(
    files: Mapping[str, bytes | None], config: Config, declared_before: DeclaredBefore | None = None
) -> Declarations:
    """Everything the files declare; None as bytes is a file too large to read.

    `declared_before` is called for files that cannot be read and do not name one of our kinds, and for files whose
    content may be damage rather than an edit (`find_lost_streams`). Without it, or where it returns False, the first
    are foreign files and the second are edits.
    """
    readings = [read_file(path, data, config, declared_before) for path, data in files.items()]

    def lookups(paths: Sequence[str]) -> list[LookupReading]:
        return [read_lookups(path, files[path], default_namespace(path, config)) for path in paths]

    return _join(readings, config, declared_before, lookups)


def declare_each(
    files: Iterable[tuple[str, bytes | None]], config: Config, declared_before: DeclaredBefore | None = None
) -> Declarations:
    """As `declare`, from files that come one by one: no more of each is kept than what it declares.

    Names of istags in plain images are not looked up.
    """
    return _join([read_file(path, data, config, declared_before) for path, data in files], config, declared_before)


def declare_tree(
    tree: Tree, config: Config, declared_before: DeclaredBefore | None, readings: FileReadings
) -> Declarations:
    """As `declare`, from the files of a tree; what `readings` has is neither fetched nor parsed again."""

    def lookups(paths: Sequence[str]) -> list[LookupReading]:
        return readings.lookups(tree, config, paths)

    return _join(list(readings.of(tree, config, declared_before)), config, declared_before, lookups)


def declare_items(file: str, items: Iterable[FileObject], config: Config) -> Declarations:
    """What some objects of one file declare, which are parsed already."""
    return _join([read_items(file, items, config)], Config(), None)


class FileReadings:
    """The readings of the files of one tree, kept by content for the next tree. One Config at a time, one thread."""

    def __init__(self) -> None:
        self._config: Config | None = None
        self._kept: dict[str, tuple[str, FileReading | None]] = {}
        """By path the id of the content and its reading; None for a file that declares nothing."""
        self._lookups: dict[str, tuple[str, LookupReading]] = {}
        """By path the id of the content and the images that are looked up, of the files that were parsed for them."""

    def of(self, tree: Tree, config: Config, declared_before: DeclaredBefore | None) -> Iterator[FileReading]:
        """The readings of the files that may declare streams, by path. The others of an earlier tree are forgotten."""
        if config != self._config:
            self._config, self._kept, self._lookups = config, {}, {}
        paths = tree.declaring_paths(config)
        self._kept = {path: self._kept[path] for path in paths if path in self._kept}
        same = {path for path in paths if self._is_same(path, tree, declared_before)}
        fresh = tree.read(path for path in paths if path not in same)
        for path in paths:
            if path in same:
                yield self._kept[path][1] or FileReading(path)
            else:
                yield self._read(tree, *next(fresh), declared_before)

    def lookups(self, tree: Tree, config: Config, paths: Sequence[str]) -> list[LookupReading]:
        """The images of some files that are looked up, in their order. Those of other files are forgotten."""
        known = ((path, tree.oid(path), self._lookups.get(path)) for path in paths)
        self._lookups = {path: each for path, oid, each in known if each is not None and oid == each[0]}
        for path, data in tree.read(path for path in paths if path not in self._lookups):
            self._lookups[path] = tree.oid(path) or "", read_lookups(path, data, default_namespace(path, config))
        return [self._lookups[path][1] for path in paths]

    def beside(self) -> FileReadings:
        """Readings for another tree that start with what is kept here; `keep` gives back what they add."""
        made = FileReadings()
        made._config, made._kept, made._lookups = self._config, dict(self._kept), dict(self._lookups)
        return made

    def keep(self, others: FileReadings) -> None:
        """Keep what other readings have of further files, if they were read under the same Config."""
        if self._config is None:
            self._config = others._config
        if others._config == self._config:
            self._kept = {**others._kept, **self._kept}

    def _is_same(self, path: str, tree: Tree, declared_before: DeclaredBefore | None) -> bool:
        """Whether the kept reading is of this content; with `declared_before`, that of a foreign file is not kept."""
        oid, reading = self._kept.get(path, (None, None))
        independent = declared_before is None or (reading is not None and reading.names_ours)
        return oid is not None and oid == tree.oid(path) and independent

    def _read(self, tree: Tree, path: str, data: bytes | None, declared_before: DeclaredBefore | None) -> FileReading:
        reading = read_file(path, data, self._config or Config(), declared_before)
        oid = tree.oid(path)
        if oid is not None and (reading.names_ours or declared_before is None):
            self._kept[path] = oid, None if reading == FileReading(path) else reading
        return reading


def _join(
    readings: Sequence[FileReading],
    config: Config,
    declared_before: DeclaredBefore | None,
    read_lookups: ReadLookups | None = None,
) -> Declarations:
    """What all files declare together; `config` is for findings about its targets.

    Without `read_lookups`, names in plain images are not looked up.
    """
    patches = {path for each in readings for path in each.patches}
    read = [each.as_patch() if each.file in patches and each.names_ours else each for each in readings]
    if declared_before is not None:
        read = [each.as_lost() if each.lost is not None and declared_before(each.file) else each for each in read]
    merged = merge([each.objects for each in read])
    findings = [finding for each in read for finding in each.findings] + list(merged.findings)
    findings += [finding for each in read for finding in each.images.findings]
    named = (named for each in read for named in (*each.named, *each.images.named))
    findings += [each.finding for each in named if is_undeclared(each.istag, merged.streams, merged.broken)]
    findings += unmatched_targets([each.file for each in read], config)
    hints = {each.file: each.hint for each in read if each.file not in patches}
    looked_up = look_up(hints, merged.streams, read_lookups) if read_lookups is not None else LookedUp()
    fields = (each for file in read for each in (*file.fields, *file.images.fields, *looked_up.of(file.file)))
    claimed = settle_claims(fields)
    findings += [*claimed.findings, *local_policies(claimed.fields, merged.streams), *looked_up.findings]
    names = (each for each in claimed.fields if each.via is Via.LOOKUP)
    findings += [undeclared(each) for each in names if is_undeclared(each.istag, merged.streams, merged.broken)]
    order = {each.file: index for index, each in enumerate(read)}
    ordered = sorted(findings, key=lambda each: (order.get(each.position.file, -1), each.position, each.rule))
    return Declarations(
        streams=merged.streams,
        findings=tuple(bounded(ordered, MAX_FINDINGS)),
        broken=merged.broken,
        failed_files=frozenset(each.file for each in read if each.failed),
        skipped=tuple(skipped for each in read for skipped in each.skipped.values()),
        notes=tuple(note for each in read for note in each.notes),
        fields=claimed.fields,
        pinned=looked_up.pinned,
        files=sum(any(done.stream is not None for done in each.objects) for each in read),
    )
