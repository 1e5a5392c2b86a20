"""Flux's image policies: an ImagePolicy and its ImageRepository as a spec tag (`image.toolkit.fluxcd.io`).

| Flux                                       | here                                             |
| ------------------------------------------ | ------------------------------------------------ |
| `policy.semver.range`                      | `semver`                                         |
| `policy.numerical`, `policy.alphabetical`  | `order: number`, `order: text`                   |
| `filterTags.pattern`, with `extract`       | `regex`, with `extract`                          |
| `filterTags.pattern` alone                 | `match`                                          |
| `exclusionList`                            | `exclude`                                        |
| `suspend`                                  | `reconciler/frozen`                              |
| `interval`, where the Config has another   | `reconciler/interval`                            |
| `digestReflectionPolicy: Always`           | the one tag that the pattern names, scheduled    |
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconciler.documents.edit.target.spec_tag import TagEdit
from reconciler.documents.edit.target.workload_object import WorkloadObject
from reconciler.edit.adopt.rewrite import SelectionValue, select_annotation
from reconciler.errors import InputError
from reconciler.model.duration import seconds
from reconciler.model.excerpt import excerpt
from reconciler.model.name import IstagName
from reconciler.model.plain import flag, mapping, text, texts
from reconciler.model.reference import TAG_RE, Reference
from reconciler.model.stream import FROZEN_ANNOTATION, INTERVAL_ANNOTATION, Source, SourceKind

_SIGNATURES = r"^.*\.sig$"
"""Flux's default of `exclusionList`; tags of signatures are always left out here."""
_LITERAL = re.compile(r"\^([A-Za-z0-9_.\\-]+)\$", re.ASCII)
_WHOLE = "^.*$"
_KINDS = {"semver": "", "numerical": "number", "alphabetical": "text"}


def istag_of(policy: WorkloadObject, repository: WorkloadObject, namespace: str | None) -> IstagName:
    """The istag of a policy: the repository is the stream, the rest of the policy's name the tag, else `latest`."""
    rest = policy.name.removeprefix(repository.name)
    tag = "latest" if not rest else (rest[1:] if rest != policy.name and rest[0] in "-." else policy.name)
    return IstagName.parse(f"{repository.name}:{tag}", namespace or policy.namespace)


def tag_edit(policy: WorkloadObject, repository: WorkloadObject, istag: IstagName, interval: int) -> TagEdit:
    """The spec tag of a policy; `interval` is the one of the Config. Raises `InputError` with what to do by hand."""
    spec, source = mapping(policy.value.get("spec")), mapping(repository.value.get("spec"))
    image = text(source.get("image"))
    if Reference.parse(image).identifier != "latest" or Reference.parse(image).tag:
        raise InputError(f"spec.image of {repository.described} is no repository: {excerpt(image)}. Correct it.")
    annotations: dict[str, str | None] = dict(_interval(source, interval))
    if flag(spec.get("suspend")):
        annotations[FROZEN_ANNOTATION] = "true"
    if text(spec.get("digestReflectionPolicy")) == "Always":
        name = f"{image}:{_only_tag(spec)}"
    else:
        name = image
        annotations |= select_annotation(_selection(spec, texts(source.get("exclusionList"))))
    return TagEdit(
        stream=istag.stream_name,
        tag=istag.tag,
        source=Source(SourceKind.DOCKER_IMAGE, name),
        scheduled=True,
        insecure=True if flag(source.get("insecure")) else None,
        annotations=annotations,
    )


def credential_note(repository: WorkloadObject) -> str:
    """What an ImageRepository has that git does not hold here; empty for nothing."""
    spec = mapping(repository.value.get("spec"))
    keys = [key for key in ("secretRef", "certSecretRef", "proxySecretRef", "serviceAccountName") if spec.get(key)]
    provider = text(spec.get("provider"), "generic")
    keys += [f"provider: {provider}"] if provider != "generic" else []
    if not keys:
        return ""
    return f"{repository.where}: write what {', '.join(keys)} names into the Installation: docs/credentials.md"


def _interval(source: Mapping[str, object], interval: int) -> dict[str, str]:
    written = text(source.get("interval"))
    try:
        differs = bool(written) and seconds(written) not in {0, interval}
    except InputError:
        return {}
    return {INTERVAL_ANNOTATION: written} if differs else {}


def _selection(spec: Mapping[str, object], exclusions: tuple[str, ...]) -> SelectionValue:
    policy = mapping(spec.get("policy"))
    kinds = [kind for kind in _KINDS if isinstance(policy.get(kind), dict)]
    if len(kinds) != 1:
        raise InputError("spec.policy has none or several of semver, numerical and alphabetical. Declare it by hand.")
    filters = mapping(spec.get("filterTags"))
    found = _filter(text(filters.get("pattern")), text(filters.get("extract")))
    details = mapping(policy[kinds[0]])
    if kinds[0] == "semver":
        found["semver"] = text(details.get("range"), str(details.get("range") or ""))
    elif text(details.get("order"), "asc") != "asc":
        raise InputError("order: desc wants the smallest, and here the greatest is always wanted. Declare it by hand.")
    else:
        found = {"regex": _WHOLE, **found, "order": _KINDS[kinds[0]]}
    excluded = tuple(pattern for pattern in exclusions if pattern != _SIGNATURES)
    return {**found, "exclude": excluded} if excluded else found


def _filter(pattern: str, extract: str) -> dict[str, str | tuple[str, ...]]:
    if not extract:
        return {"match": pattern} if pattern else {}
    if not pattern:
        raise InputError("filterTags has extract without a pattern. Declare it by hand.")
    return {"regex": pattern, "extract": extract}


def _only_tag(spec: Mapping[str, object]) -> str:
    """The one tag that the policy may choose. Raises `InputError` where it may be another."""
    literal = _LITERAL.fullmatch(text(mapping(spec.get("filterTags")).get("pattern")))
    tag = literal[1].replace("\\", "") if literal else ""
    if not TAG_RE.fullmatch(tag) or (literal and re.search(r"(?<!\\)\.", literal[1])):
        raise InputError(
            "digestReflectionPolicy: Always follows versions that move, which is refused here. Declare a tag without "
            "reconciler/select whose from names the registry tag to follow."
        )
    return tag
