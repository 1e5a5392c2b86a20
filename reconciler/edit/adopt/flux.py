"""Flux: its image policies as spec tags, and its markers as ours, in one edit.

A marker `# {"$imagepolicy": "NS:POLICY[:name|:tag|:digest]"}` is replaced where the comment is; the value beside it
stays until the next pass. Flux's objects stay too, because a person deletes them after the review.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from reconciler.documents.convert.marker import KEY
from reconciler.documents.edit.conventions import Conventions
from reconciler.documents.edit.file import EditedFile
from reconciler.documents.edit.marker import FoundMarker, find_markers
from reconciler.documents.edit.refusal import EditRefusedError
from reconciler.documents.edit.splice import Splice, spliced
from reconciler.documents.edit.target.workload_object import WorkloadObject
from reconciler.documents.edit.value import same
from reconciler.documents.read.document import read_documents
from reconciler.documents.read.node import to_plain
from reconciler.edit.adopt.flux_policy import credential_note, istag_of, tag_edit
from reconciler.edit.adopt.rewrite import Rewrite
from reconciler.edit.spec_edit import SpecEdit
from reconciler.errors import InputError
from reconciler.model.excerpt import excerpt
from reconciler.model.name import IstagName
from reconciler.model.phrase import plural
from reconciler.model.plain import mapping, text

_GROUP = "image.toolkit.fluxcd.io"
_MARKER = "$imagepolicy"
_PARTS = ("name", "tag", "digest")
_ANY = ""
"""In place of the namespace of a policy whose file names none."""
_BY_HAND = "Put our marker there by hand."


@dataclass(frozen=True, slots=True)
class _Setter:
    """What a marker of Flux says."""

    policy: tuple[str, str]
    """Its namespace and name."""
    part: str


def adopt_flux(rewrite: Rewrite, namespace: str | None) -> SpecEdit:
    """Translate every policy and marker; `namespace` is that of the streams, None for that of each policy."""
    found = [each for each in rewrite.objects(_GROUP) if each.api_version.startswith(f"{_GROUP}/")]
    repositories = {(each.namespace, each.name): each for each in found if each.kind == "ImageRepository"}
    double = _double(found)
    istags: dict[tuple[str, str], IstagName] = {}
    used: list[WorkloadObject] = []
    for policy in (each for each in found if each.kind == "ImagePolicy"):
        repository = _repository(policy, repositories)
        keys = [_key(each) for each in (policy, repository) if each]
        other = next((double[key] for key in keys if key in double), None)
        if other is not None:
            twice = f"{other.described} is there with another content too ({other.where})"
            rewrite.refuse(policy.where, f"{policy.described}: {twice}. Declare a tag for each by hand.")
        elif repository is None:
            rewrite.refuse(policy.where, f"{policy.described}: its ImageRepository is not in git. Declare it by hand.")
        elif _declare(rewrite, policy, repository, namespace, istags):
            used += [policy, repository]
    for path, _ in rewrite.mentioning(_MARKER):
        _rewrite_markers(rewrite, path, istags)
    notes = [credential_note(each) for each in used if each.kind == "ImageRepository"]
    doomed = [each for each in found if each in used or each.kind == "ImageUpdateAutomation"]
    rewrite.notes += [note for note in dict.fromkeys(notes) if note]
    rewrite.notes += [f"{each.where}: delete {each.described} once this is merged." for each in doomed]
    return rewrite.edit("Flux")


def _key(each: WorkloadObject) -> tuple[str, str, str]:
    return each.kind, each.namespace, each.name


def _double(found: list[WorkloadObject]) -> dict[tuple[str, str, str], WorkloadObject]:
    """The objects that several clusters have under one name, each with another content: a marker could mean either."""
    first: dict[tuple[str, str, str], WorkloadObject] = {}
    for each in found:
        first.setdefault(_key(each), each)
    return {_key(each): each for each in found if each.value.get("spec") != first[_key(each)].value.get("spec")}


def _repository(policy: WorkloadObject, repositories: dict[tuple[str, str], WorkloadObject]) -> WorkloadObject | None:
    reference = mapping(mapping(policy.value.get("spec")).get("imageRepositoryRef"))
    return repositories.get((text(reference.get("namespace"), policy.namespace), text(reference.get("name"))))


def _declare(
    rewrite: Rewrite,
    policy: WorkloadObject,
    repository: WorkloadObject,
    namespace: str | None,
    istags: dict[tuple[str, str], IstagName],
) -> bool:
    try:
        istag = istag_of(policy, repository, namespace)
        edit = tag_edit(policy, repository, istag, rewrite.snapshot.config.interval)
    except InputError as error:
        rewrite.refuse(policy.where, f"{policy.described}: {error}")
        return False
    source = edit.source.name if edit.source else ""
    if not rewrite.declare(edit, policy.where, f"selects from {source} as {policy.described} does"):
        return False
    # A policy without a namespace gets it from a kustomization, so markers may name any.
    has_namespace = mapping(policy.value.get("metadata")).get("namespace") is not None
    istags[policy.namespace if has_namespace else _ANY, policy.name] = istag
    return True


def _rewrite_markers(rewrite: Rewrite, path: str, istags: dict[tuple[str, str], IstagName]) -> None:
    try:
        file = EditedFile.read(rewrite.data(path), path, Conventions())
        markers = [] if file.json else find_markers(file.text, _MARKER)
    except EditRefusedError as error:
        rewrite.refuse(path, f"it has markers of Flux, and is not edited: {error.why}. {_BY_HAND}")
        return
    splices: list[Splice] = []
    for marker in markers:
        try:
            splices.append(_splice(file.text, marker, istags))
        except InputError as error:
            rewrite.refuse(f"{path}:{marker.line}", str(error))
    done = file.mark + spliced(file.text, splices).encode(file.codec)
    before, after = (
        [to_plain(each.root) for each in documents] for documents in (file.documents, read_documents(done, path))
    )
    if not same(before, after):  # a comment is no value
        rewrite.refuse(path, f"its values would change with its markers. {_BY_HAND}")
    elif splices:
        rewrite.files[path] = done
        rewrite.done.append(f"{path}: {len(splices)} of {plural(len(markers), 'marker')} rewritten")


def _splice(whole: str, marker: FoundMarker, istags: dict[tuple[str, str], IstagName]) -> Splice:
    """The replacement of the text of one marker. Raises `InputError` where it stays as it is."""
    if marker.problem:
        raise InputError(f"a marker of Flux is not rewritten: {marker.problem}")
    setter = _setter(marker.text)
    istag = istags.get(setter.policy) or istags.get((_ANY, setter.policy[1]))
    if istag is None:
        raise InputError(f"its ImagePolicy {'/'.join(setter.policy)} is not translated here. {_BY_HAND}")
    ours = {KEY: str(istag)} | ({"part": setter.part} if setter.part else {})
    start = 0
    for _ in range(marker.line - 1):
        start = whole.index("\n", start) + 1
    at = whole.index(marker.text, start + marker.column - 1)
    return Splice(at, at + len(marker.text), json.dumps(ours))


def _setter(marker: str) -> _Setter:
    try:
        plain = json.loads(marker)
    except (ValueError, RecursionError):
        plain = None
    name = plain.get(_MARKER) if isinstance(plain, dict) and len(plain) == 1 else None
    words = name.split(":") if isinstance(name, str) else []
    if len(words) not in {2, 3} or (len(words) > 2 and words[2] not in _PARTS):  # noqa: PLR2004 - NS:NAME[:PART]
        raise InputError(f"the marker {excerpt(marker)} is not one of Flux. {_BY_HAND}")
    return _Setter((words[0], words[1]), words[2] if len(words) > 2 else "")  # noqa: PLR2004 - as above
