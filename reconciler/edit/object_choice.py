"""The choice of objects: those of a commit's files that a command names, by `KIND/NAME`, by kind or by file.

An object that is there twice is refused with both places: a command edits what the person means, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from reconciler.documents.edit.target.workload_object import WorkloadObject, workload_objects
from reconciler.documents.object_kind import KUSTOMIZATION_FILES, patched_files
from reconciler.documents.read.document import read_documents
from reconciler.documents.read.encoding import mentions
from reconciler.errors import DocumentError, InputError, UnknownNameError
from reconciler.gitstore import Repository
from reconciler.model.object_name import ObjectName
from reconciler.reading.file_reading import default_namespace
from reconciler.reading.snapshot import Snapshot
from reconciler.reading.tree import Tree, commit_tree

_LISTED = 3
"""Places that a message names."""

Fits = Callable[[WorkloadObject], bool]


@dataclass(frozen=True, slots=True)
class ObjectChoice:
    """What a command names."""

    names: tuple[ObjectName, ...] = ()
    namespace: str | None = None
    """The namespace of `-n`; None for any."""
    files: tuple[str, ...] = ()
    """The files of `-f`, by their path in the repository; empty for all."""
    all: bool = False
    """Whether every object of a kind, or every one that fits, is meant."""


@dataclass(frozen=True, slots=True)
class ChosenObject:
    """An object, and the bytes of its file."""

    target: WorkloadObject
    data: bytes


def choose(repository: Repository, snapshot: Snapshot, choice: ObjectChoice, fits: Fits) -> list[ChosenObject]:
    """The objects that are meant, in the order of the files. `fits` says which ones the command is for.

    Raises `UnknownNameError` for a name that nothing has, `InputError` for one that several objects have.
    """
    found = list(_found(repository, snapshot, choice))
    if not choice.names:
        chosen = [each for each in found if fits(each.target)]
        return chosen if choice.all else _one_a_file(choice, chosen)
    chosen = []
    for name in choice.names:
        mine = [each for each in found if _is(name, each.target)]
        if name.name is None or choice.all:
            mine = [each for each in mine if fits(each.target)]
            if not choice.all:
                raise InputError(f"{name.text} names a kind. Write {name.text}/NAME, or --all for every one.")
        elif not mine:
            raise _unknown(name, choice, found)
        elif len(mine) > 1:
            raise _ambiguous(name, mine)
        chosen += [each for each in mine if each not in chosen]
    return chosen


def listed(repository: Repository, snapshot: Snapshot, choice: ObjectChoice, fits: Fits) -> list[WorkloadObject]:
    """The objects to list: every one that fits, or those that are named, all of them where a name fits several."""
    found = [each.target for each in _found(repository, snapshot, choice)]
    if not choice.names:
        return [each for each in found if fits(each)]
    for name in choice.names:
        if name.name is not None and not any(_is(name, each) for each in found):
            raise _unknown(name, choice, ())
    return [each for each in found if any(_is(name, each) for name in choice.names)]


def _found(repository: Repository, snapshot: Snapshot, choice: ObjectChoice) -> Iterator[ChosenObject]:
    tree = commit_tree(repository, snapshot.files)
    missing = [file for file in choice.files if file not in snapshot.files.entries]
    if missing:
        raise InputError(f"{missing[0]} is not committed. Commit it first, and run it again.")
    words = [name.name for name in choice.names]
    patches = frozenset[str]() if choice.files else _patches(tree, snapshot)
    paths = choice.files or [path for path in tree.declaring_paths(snapshot.config) if path not in patches]
    for path, data in tree.read(paths):
        if data is None or not (choice.files or _may_hold(data, words)):
            continue
        for target in _objects(path, data, default_namespace(path, snapshot.config), must_load=bool(choice.files)):
            if choice.namespace in {None, target.namespace}:
                yield ChosenObject(target, data)


def _patches(tree: Tree, snapshot: Snapshot) -> frozenset[str]:
    """The files that kustomizations use as patches: they are parts of objects of other files."""
    paths = [path for path in tree.declaring_paths(snapshot.config) if path.rpartition("/")[2] in KUSTOMIZATION_FILES]
    found: set[str] = set()
    for path, data in tree.read(paths):
        with suppress(DocumentError):
            found.update(patched_files(read_documents(data or b"", path)))
    return frozenset(found)


def _may_hold(data: bytes, words: Sequence[str | None]) -> bool:
    """Whether a file may hold one of the objects: a name without letters that YAML escapes is there as it is."""
    return None in words or not words or mentions(data, tuple(word for word in words if word))


def _objects(path: str, data: bytes, namespace: str, *, must_load: bool) -> Iterator[WorkloadObject]:
    try:
        documents = read_documents(data, path)
    except DocumentError:
        if must_load:
            raise
        return  # a chart's template, or any other file that is no YAML yet
    yield from workload_objects(documents, namespace)


def _is(name: ObjectName, target: WorkloadObject) -> bool:
    return name.fits(target.api_version, target.kind, target.name)


def _one_a_file(choice: ObjectChoice, chosen: list[ChosenObject]) -> list[ChosenObject]:
    if not choice.files:
        raise InputError("name an object, such as deploy/app, or a file with -f, or --all.")
    if not chosen:
        raise InputError(f"{choice.files[0]} holds no object that this is for.")
    if len(chosen) > len(choice.files):
        named = _places(each.target for each in chosen)
        raise InputError(f"{choice.files[0]} holds several: {named}. Name one of them too, or write --all.")
    return chosen


def _unknown(name: ObjectName, choice: ObjectChoice, found: Iterable[ChosenObject]) -> UnknownNameError:
    where = f" in namespace {choice.namespace}" if choice.namespace else ""
    files = f" in {choice.files[0]}" if choice.files else ""
    others = sorted({each.target.described for each in found if each.target.name == name.name})[:_LISTED]
    why = f"no file declares {name.text}{where}{files}."
    return UnknownNameError(name.text, why, f"There is {', '.join(others)}." if others else "", ())


def _ambiguous(name: ObjectName, mine: Sequence[ChosenObject]) -> InputError:
    places = _places(each.target for each in mine)
    return InputError(
        f"{name.text} is there {len(mine)} times: {places}. Name its namespace with -n, or its file with -f."
    )


def _places(targets: Iterable[WorkloadObject]) -> str:
    texts = [f"{target.described} ({target.where})" for target in targets]
    more = [f"and {len(texts) - _LISTED} more"] if len(texts) > _LISTED else []
    return ", ".join(texts[:_LISTED] + more)
