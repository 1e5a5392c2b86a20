"""Updated images: what Argo CD Image Updater updates, read from annotations of Applications or from ImageUpdaters.

| annotation `argocd-image-updater.argoproj.io/…`       | ImageUpdater                                        |
| ----------------------------------------------------- | --------------------------------------------------- |
| `image-list: ALIAS=IMAGE[:CONSTRAINT],…`              | `images[].alias`, `images[].imageName`              |
| `[ALIAS.]update-strategy`, `allow-tags`, `ignore-tags` | `commonUpdateSettings`, at three levels             |
| `ALIAS.helm.image-name`, `image-tag`, `image-spec`    | `manifestTargets.helm`                              |
| `ALIAS.kustomize.image-name`                          | `manifestTargets.kustomize`                         |
| `write-back-target`                                   | `writeBackConfig.gitConfig.writeBackTarget`         |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from reconciler.documents.edit.target.workload_object import WorkloadObject
from reconciler.model.plain import flag, items, mapping, text, texts

PREFIX = "argocd-image-updater.argoproj.io/"


@dataclass(frozen=True, slots=True)
class UpdatedImage:
    """One image of one Application."""

    application: WorkloadObject
    image: str
    """`REPOSITORY[:CONSTRAINT]`."""
    where: str
    """The file and line of the configuration."""
    strategy: str = ""
    allow: str = ""
    ignore: tuple[str, ...] = ()
    helm_name: str = ""
    helm_tag: str = ""
    helm_spec: str = ""
    kustomize: str = ""
    target: str = ""
    """Of the write-back: `kustomization[:FOLDER]`, `helmvalues[:FILE]`, or empty."""
    platforms: tuple[str, ...] = ()
    secret: str = ""


def is_application(each: WorkloadObject) -> bool:
    """Whether an object is an Application of Argo CD."""
    return each.kind == "Application" and each.api_version.startswith("argoproj.io/")


def is_updater(each: WorkloadObject) -> bool:
    """Whether an object is an ImageUpdater."""
    return each.kind == "ImageUpdater" and each.api_version.startswith(PREFIX)


def annotated_images(application: WorkloadObject) -> Iterator[UpdatedImage]:
    """The images that the annotations of an Application list."""
    notes = _annotations(application)
    for entry in _split(notes.get("image-list", "")):
        alias, equals, image = entry.partition("=")
        if not equals:
            alias, image = "", entry
        mine = _OfAlias(notes, alias.strip().replace("/", "_"))
        yield UpdatedImage(
            application,
            image.strip(),
            application.where,
            strategy=mine.get("update-strategy"),
            allow=mine.get("allow-tags"),
            ignore=tuple(_split(mine.get("ignore-tags"))),
            helm_name=mine.own("helm.image-name"),
            helm_tag=mine.own("helm.image-tag"),
            helm_spec=mine.own("helm.image-spec"),
            kustomize=mine.own("kustomize.image-name"),
            target=notes.get("write-back-target", ""),
            platforms=tuple(_split(mine.get("platforms"))),
            secret=mine.get("pull-secret"),
        )


def updated_images(updater: WorkloadObject, applications: list[WorkloadObject]) -> Iterator[UpdatedImage]:
    """The images of an ImageUpdater, once for each Application that it names."""
    spec = mapping(updater.value.get("spec"))
    for reference in map(mapping, items(spec.get("applicationRefs"))):
        for application in named_applications(reference, applications):
            if flag(reference.get("useAnnotations")):
                yield from annotated_images(application)
                continue
            for image in map(mapping, items(reference.get("images"))):
                yield _of_updater(updater, application, (spec, reference, image))


def named_applications(reference: Mapping[str, object], applications: list[WorkloadObject]) -> list[WorkloadObject]:
    """The Applications that an entry of `applicationRefs` names."""
    found = [each for each in applications if fnmatchcase(each.name, text(reference.get("namePattern")))]
    selector = mapping(reference.get("labelSelectors"))
    return [each for each in found if _selects(selector, mapping(mapping(each.value.get("metadata")).get("labels")))]


def _selects(selector: Mapping[str, object], labels: Mapping[str, object]) -> bool:
    """Whether a label selector of Kubernetes selects these labels; one that cannot be read selects nothing."""
    wanted = mapping(selector.get("matchLabels"))
    expressions = map(mapping, items(selector.get("matchExpressions")))
    return wanted.items() <= labels.items() and all(_holds(each, labels) for each in expressions)


def _holds(expression: Mapping[str, object], labels: Mapping[str, object]) -> bool:
    """Whether one of `matchExpressions` holds (Kubernetes, labels and selectors: set-based requirements)."""
    key, values = text(expression.get("key")), texts(expression.get("values"))
    has = {
        "In": labels.get(key) in values,
        "NotIn": labels.get(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }
    return has.get(text(expression.get("operator")), False)


def _of_updater(
    updater: WorkloadObject, application: WorkloadObject, levels: tuple[Mapping[str, object], ...]
) -> UpdatedImage:
    settings: dict[str, object] = {}
    target = ""
    for level in levels:
        settings |= mapping(level.get("commonUpdateSettings"))
        target = text(mapping(mapping(level.get("writeBackConfig")).get("gitConfig")).get("writeBackTarget"), target)
    targets = mapping(levels[-1].get("manifestTargets"))
    helm = mapping(targets.get("helm"))
    return UpdatedImage(
        application,
        text(levels[-1].get("imageName")),
        updater.where,
        strategy=text(settings.get("updateStrategy")),
        allow=text(settings.get("allowTags")),
        ignore=texts(settings.get("ignoreTags")),
        helm_name=text(helm.get("name")),
        helm_tag=text(helm.get("tag")),
        helm_spec=text(helm.get("spec")),
        kustomize=text(mapping(targets.get("kustomize")).get("name")),
        target=target,
        platforms=texts(settings.get("platforms")),
        secret=text(settings.get("pullSecret")),
    )


@dataclass(frozen=True, slots=True)
class _OfAlias:
    """The annotations of one alias, with those of the whole Application behind them."""

    notes: Mapping[str, str]
    alias: str

    def own(self, key: str) -> str:
        return self.notes.get(f"{self.alias}.{key}", "") if self.alias else ""

    def get(self, key: str) -> str:
        return self.own(key) or self.notes.get(key, "")


def _annotations(application: WorkloadObject) -> dict[str, str]:
    found = mapping(mapping(application.value.get("metadata")).get("annotations"))
    return {key.removeprefix(PREFIX): text(value) for key, value in found.items() if key.startswith(PREFIX)}


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]
