"""Argo CD Image Updater: its images as spec tags, and the files that it writes as `targets` of the Config, in one edit.

The annotations of an Application are taken out if each of its images is translated; an ImageUpdater stays, because a
person deletes it after the review.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.documents.edit.conventions import Conventions
from reconciler.documents.edit.file import EditedFile
from reconciler.documents.edit.refusal import EditRefusedError
from reconciler.documents.edit.target.workload_object import WorkloadObject, with_object
from reconciler.documents.edit.value import value_at, with_value_at
from reconciler.documents.object_kind import KUSTOMIZATION_FILES
from reconciler.documents.read.document import read_documents
from reconciler.documents.read.node import to_plain
from reconciler.edit.adopt.rewrite import Rewrite
from reconciler.edit.adopt.updated_image import (
    PREFIX,
    UpdatedImage,
    annotated_images,
    is_application,
    is_updater,
    named_applications,
    updated_images,
)
from reconciler.edit.adopt.updater_strategy import is_digest_strategy, istag_of, repository_of, tag_edit
from reconciler.edit.spec_edit import SpecEdit
from reconciler.errors import DocumentError, InputError
from reconciler.model.excerpt import excerpt
from reconciler.model.name import IstagName
from reconciler.model.plain import items, mapping, text
from reconciler.settings import CONFIG_FILE

_HELM_PATH = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+|\[[0-9]{1,6}\])*", re.ASCII)

Target = dict[str, object]
"""One entry of `targets`."""


@dataclass(frozen=True, slots=True)
class _Place:
    """The file that the updater writes for one image."""

    file: str
    helm: bool


def adopt_image_updater(rewrite: Rewrite, namespace: str | None) -> SpecEdit:
    """Translate every image; `namespace` is that of the streams, None for the one that an Application deploys to."""
    found = list(rewrite.objects(PREFIX.rstrip("/"), "argoproj.io/"))
    applications = [each for each in found if is_application(each)]
    updaters = [each for each in found if is_updater(each)]
    images = [image for each in updaters for image in updated_images(each, applications)]
    images += [image for each in applications for image in annotated_images(each) if image not in images]
    _report_others(rewrite, found, updaters, applications)
    targets: list[Target] = []
    failed: set[str] = set()
    for image in images:
        try:
            targets += _translated(rewrite, image, namespace)
        except InputError as error:
            rewrite.refuse(image.where, f"{image.application.described}, image {excerpt(image.image)}: {error}")
            failed.add(image.application.where)
    _add_targets(rewrite, targets)
    for application in applications:
        if not any(annotated_images(application)):
            continue
        if application.where in failed:
            rewrite.notes.append(
                f"{application.where}: the annotations of the updater stay, because it still has work."
            )
        else:
            _without_annotations(rewrite, application)
    rewrite.notes += [f"{each.where}: delete {each.described} once this is merged." for each in updaters]
    return rewrite.edit("Argo CD Image Updater")


def _report_others(
    rewrite: Rewrite, found: list[WorkloadObject], updaters: list[WorkloadObject], applications: list[WorkloadObject]
) -> None:
    for each in found:
        if each.kind == "ApplicationSet" and PREFIX in str(each.value):
            advice = "Translate what it makes: declare a tag and a target for each by hand."
            rewrite.refuse(each.where, f"{each.described} makes Applications with annotations of the updater. {advice}")
    for updater in updaters:
        for reference in map(mapping, items(value_at(updater.value, ("spec", "applicationRefs")))):
            if not named_applications(reference, applications):
                name = excerpt(text(reference.get("namePattern")))
                rewrite.refuse(updater.where, f"{updater.described}: no Application in git is named {name}.")


def _translated(rewrite: Rewrite, image: UpdatedImage, namespace: str | None) -> list[Target]:
    """Declare the tag of an image; the targets of its file. Raises `InputError` with what to do by hand."""
    destination = text(value_at(image.application.value, ("spec", "destination", "namespace")))
    istag = istag_of(image, namespace or destination or rewrite.snapshot.config.default_namespace)
    edit = tag_edit(image, istag)
    what = f"selects from {edit.source.name if edit.source else ''} as {image.application.described} does"
    if not rewrite.declare(edit, image.where, what):
        raise InputError("its file gets no target either.")
    target = _target(rewrite, image, istag)
    if image.secret:
        rewrite.notes.append(
            f"{image.where}: write what {image.secret} names into the Installation: docs/credentials.md"
        )
    if image.platforms:
        rewrite.notes.append(f"{image.where}: platforms are not needed; the index of all platforms is recorded.")
    return [target]


def _target(rewrite: Rewrite, image: UpdatedImage, istag: IstagName) -> Target:
    place = _place(rewrite, image)
    if not place.helm:
        name = image.kustomize or repository_of(image).spelling
        if not any(text(mapping(each).get("name")) == name for each in items(_value(rewrite, place.file, ("images",)))):
            raise InputError(f"images of {place.file} has no entry with the name {name}. Add it, and run this again.")
        return {"path": place.file, "kustomize": {"image": name}, "from": str(istag)}
    if image.helm_spec:
        marker = f'# {{"$imagestream": "{istag}"}}'
        raise InputError(f"helm.image-spec is one value. Put {marker} at the end of its line in {place.file} by hand.")
    if is_digest_strategy(image):
        advice = "Declare a target with helm.digest by hand, for a chart that takes digests."
        raise InputError(f"the strategy digest has no version to write into {place.file}. {advice}")
    keys = {"repository": image.helm_name or "image.name", "tag": image.helm_tag or "image.tag"}
    for key in keys.values():
        if not _HELM_PATH.fullmatch(key):
            raise InputError(f"{excerpt(key)} is no path of keys. Declare a target by hand.")
        if not isinstance(_value(rewrite, place.file, _steps(key)), str):
            raise InputError(f"{place.file} has no text at {key}. Write the value there, and run this again.")
    return {"path": place.file, "helm": keys, "from": str(istag)}


def _place(rewrite: Rewrite, image: UpdatedImage) -> _Place:
    """The file that holds the image. Raises `InputError` where none in this repository does."""
    source = mapping(value_at(image.application.value, ("spec", "source")))
    folder = text(source.get("path"))
    kind, _, given = image.target.partition(":")
    if kind not in {"", "kustomization", "helmvalues"}:
        raise InputError(f"write-back-target {excerpt(image.target)} is unknown. Declare a target by hand.")
    if "{" in given:
        raise InputError(f"write-back-target {excerpt(image.target)} is a template. Declare a target by hand.")
    path = posixpath.normpath(given.lstrip("/") if given.startswith("/") else posixpath.join(folder, given))
    files = [path] if kind == "helmvalues" and given else [posixpath.join(path, name) for name in _names(kind)]
    file = next((posixpath.normpath(each) for each in files if rewrite.has(posixpath.normpath(each))), None)
    if file is None:
        where = " or ".join(sorted(files)[:2]) if image.target else f"a kustomization in {folder or 'its folder'}"
        raise InputError(f"this repository has no {where}, so no file holds its image. Add one, or declare it by hand.")
    return _Place(file, helm=kind == "helmvalues")


def _names(kind: str) -> list[str]:
    return ["values.yaml"] if kind == "helmvalues" else sorted(KUSTOMIZATION_FILES)


def _value(rewrite: Rewrite, file: str, path: tuple[str | int, ...]) -> object:
    try:
        documents = read_documents(rewrite.data(file), file)
    except DocumentError as error:
        raise InputError(f"{file} cannot be read: {error.message}") from error
    return value_at(to_plain(documents[0].root), path) if documents else None


def _steps(key: str) -> tuple[str | int, ...]:
    words = re.findall(r"[A-Za-z0-9_-]+|\[[0-9]+\]", key)
    return tuple(int(word[1:-1]) if word.startswith("[") else word for word in words)


def _add_targets(rewrite: Rewrite, targets: list[Target]) -> None:
    """Add the targets to the Config that it has not yet."""
    data = rewrite.data(CONFIG_FILE)
    try:
        file = EditedFile.read(data, CONFIG_FILE, Conventions(similar=("spec", "targets")))
        plain = file.plain(0) if file.documents else {}
        there = items(value_at(plain, ("spec", "targets")))
        added = [each for index, each in enumerate(targets) if each not in there and each not in targets[:index]]
        if not added:
            return
        wanted = with_value_at(plain, ("spec", "targets"), [*there, *added])
        rewrite.files[CONFIG_FILE] = file.rewritten(0, wanted)
    except EditRefusedError as refused:
        lines = ", ".join(str(each["path"]) for each in targets)
        rewrite.refuse(CONFIG_FILE, f"targets cannot be added: {refused.why}. Add them by hand: {lines}")
        return
    rewrite.done += [f"{each['path']} follows {each['from']} ({CONFIG_FILE})" for each in added]


def _without_annotations(rewrite: Rewrite, application: WorkloadObject) -> None:
    metadata: Mapping[str, object] = mapping(application.value.get("metadata"))
    rest = {key: value for key, value in mapping(metadata.get("annotations")).items() if not key.startswith(PREFIX)}
    others = {key: value for key, value in metadata.items() if key != "annotations"}
    wanted = {**application.value, "metadata": {**others, "annotations": rest} if rest else others}
    try:
        path = application.file
        rewrite.files[path] = with_object(rewrite.data(path), application, [wanted], "Take them out by hand.")
    except InputError as error:
        rewrite.refuse(application.where, f"the annotations of the updater stay: {error}")
        return
    rewrite.done.append(f"{application.where}: the annotations of the updater are taken out")
