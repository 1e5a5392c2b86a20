"""Looked-up images: pull specs that the reconciler wrote in place of the name of an istag (`image: app:prod`).

The value names the istag no more once it is written, so git has to say which one it was: the newest own commit that
wrote the container's image names the istag in its trailers. An image follows that istag still if

- its object is looked up as before (`reading.lookup`), and the istag's stream is local or the object asks for it, and
- its value is what the istag means or meant, by an event of its history. Any other value is a person's decision.

A reference tag gives no digest by which its value could be known again: such an image is written once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from reconciler.model.history import TagEvent
from reconciler.model.image_field import ImageField, Part, parse_name
from reconciler.model.name import IstagName
from reconciler.model.reference import digest_part
from reconciler.model.workload_image import WorkloadImage
from reconciler.planning.written_value import may_hold
from reconciler.provenance.field_version import MAX_FILES, MAX_VERSIONS
from reconciler.provenance.log import FileVersion, Log
from reconciler.reading.file_reading import default_namespace
from reconciler.reading.lookup import is_looked_up, read_lookups
from reconciler.reading.snapshot import Snapshot
from reconciler.settings import MAX_FILE_BYTES

_Key = tuple[str, str, int]
"""What stays the same if containers are added before an image: its owner, its identity, and its number among the images
of the file that have both, from 0."""
_Images = dict[_Key, WorkloadImage]
"""The images of one file by their keys."""


def find_looked_up(log: Log, snapshot: Snapshot) -> tuple[ImageField, ...]:
    """The images of a snapshot that follow an istag which only git knows, in file order."""
    search = _Search(log, snapshot)
    candidates = search.candidates()
    if not candidates:
        return ()
    return tuple(field for file, field in sorted(search.fields(candidates), key=lambda each: each[0]))


class _Search:
    """One search for the istags of the images of a snapshot."""

    def __init__(self, log: Log, snapshot: Snapshot) -> None:
        self._log = log
        self._snapshot = snapshot
        self._events: dict[str, list[tuple[IstagName, TagEvent]]] = defaultdict(list)
        """By digest the events that have it, of declared streams."""
        streams = snapshot.declarations.streams
        self._local: set[str] = set()
        for name, history in snapshot.histories.items():
            stream = streams.get(name.stream_name)
            for event in history.items if stream is not None else ():
                if event.image is not None:
                    self._events[event.image].append((name, event))
                    self._local.update([event.image] if stream is not None and stream.local_lookup else [])

    def candidates(self) -> dict[str, _Images]:
        """By file the images that may have been written for an istag: it has, or had, that very pull spec."""
        pinned = self._snapshot.declarations.pinned
        files = [
            file
            for file, hint in pinned.items()
            if not hint.digests.isdisjoint(self._events if hint.resolves_all else self._local)
        ][:MAX_FILES]
        oids = {file: self._snapshot.files.entries[file].oid for file in files}
        taken = {(each.file, each.document, each.path) for each in self._snapshot.declarations.fields}
        found: dict[str, _Images] = {}
        for file, each in self._read(oids).items():
            free = {key: image for key, image in each.items() if (file, image.document, image.path) not in taken}
            images = {key: image for key, image in free.items() if self._istags(image)}
            if images:
                found[file] = images
        return found

    def fields(self, candidates: Mapping[str, _Images]) -> Iterator[tuple[str, ImageField]]:
        """The images whose istag a trailer names, each with its file."""
        for file, versions in self._log.versions_of_each(candidates).items():
            images = candidates[file]
            for key, istag in self._written(file, versions[:MAX_VERSIONS], images.keys()):
                if istag in self._istags(images[key]):
                    yield file, images[key].field(istag)

    def _istags(self, image: WorkloadImage) -> set[IstagName]:
        """The istags for which an image may have been written."""
        streams = self._snapshot.declarations.streams
        return {
            name
            for name, event in self._events.get(digest_part(image.value), ())
            if is_looked_up(image, name, streams) and may_hold(event, image.value, Part.PULL_SPEC)
        }

    def _written(
        self, file: str, versions: Iterable[FileVersion], keys: Iterable[_Key]
    ) -> Iterator[tuple[_Key, IstagName]]:
        """For each image by its key the istag in the newest trailer that names it; none where there is no trailer."""
        waiting = set(keys)
        for version in versions:
            places = dict(self._places(version, file)) if waiting else {}
            oid = version.change.new_oid
            images = self._read({file: oid}).get(file, {}) if places and oid is not None else {}
            for key in waiting & images.keys():
                place = images[key].document, images[key].path
                if place in places:
                    waiting.discard(key)
                    yield key, places[place]

    def _places(self, version: FileVersion, file: str) -> Iterator[tuple[tuple[int, tuple[str | int, ...]], IstagName]]:
        """The values of a file that an own commit wrote, each with its istag."""
        for claim in self._log.trailers(version.commit):
            for name in claim.workloads:
                parsed = parse_name(name)
                if parsed is not None and parsed[0] == file:
                    yield (parsed[1], parsed[2]), claim.tag

    def _read(self, oids: Mapping[str, str]) -> dict[str, _Images]:
        """The images of some contents, by the path that decides about the namespace."""
        blobs = self._log.repository.read(set(oids.values()), MAX_FILE_BYTES) if oids else {}
        config = self._snapshot.config
        readings = (
            (file, read_lookups(file, blobs[oid], default_namespace(file, config))) for file, oid in oids.items()
        )
        return {file: _by_key(each.images) for file, each in readings}


def _by_key(images: Iterable[WorkloadImage]) -> _Images:
    found: _Images = {}
    counts: Counter[tuple[str, str]] = Counter()
    for image in images:
        place = image.owner, image.identity
        found[*place, counts[place]] = image
        counts[place] += 1
    return found
