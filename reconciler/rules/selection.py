"""The annotation `reconciler/select`: values that cannot be read, and tags without versions to select from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.errors import InputError
from reconciler.model.plain import mapping, text_map
from reconciler.model.reference import Reference
from reconciler.model.stream import SELECT_ANNOTATION, SourceKind
from reconciler.rules.subject import TagSubject
from reconciler.rules.table import Hit, Path


def selection(tag: TagSubject) -> Iterator[Hit]:
    """An annotation `reconciler/select` that cannot be read, or has no effect on its spec tag."""
    plain, path = tag.plain, tag.path
    if SELECT_ANNOTATION not in text_map(plain.get("annotations")):
        return
    where = (*path, "annotations", SELECT_ANNOTATION)
    if tag.selection_problem is not None:
        yield Hit("annotation-value", where, f"{SELECT_ANNOTATION}: {tag.selection_problem}")
    unused = _unused(plain)
    if unused is not None:
        yield Hit("ignored-field", where, f"{SELECT_ANNOTATION} has no effect on {unused}", at_key=True)
        return
    yield from _starting_point(plain, path)
    policy = plain.get("importPolicy")
    if not isinstance(policy, dict) or policy.get("scheduled") is not True:
        advice = "Add importPolicy: {scheduled: true} to follow new versions."
        text = f"the selection is made when it is declared or imported, and not again. {advice}"
        yield Hit("unscheduled-selection", where, text, at_key=True)


def _unused(plain: Mapping[str, object]) -> str | None:
    """The kind of tag on which a selection has no effect, with advice; None where it has one."""
    source = mapping(plain.get("from"))
    name = source.get("name")
    if source.get("kind") != SourceKind.DOCKER_IMAGE or not isinstance(name, str):
        return "a tag whose from is not a DockerImage. Name the repository to select from, or take it out."
    if "@" in name:
        return "a source that is pinned by digest. Take the digest or the annotation out."
    if plain.get("reference") is True:
        return "a tag with reference: true, which is never imported. Take one of them out."
    return None


def _starting_point(plain: Mapping[str, object], path: Path) -> Iterator[Hit]:
    """A tag in the pull spec, which has no effect beside a selection."""
    name = mapping(plain.get("from")).get("name")
    try:
        reference = Reference.parse(name) if isinstance(name, str) else None
    except InputError:
        return
    if reference is not None and reference.tag is not None:
        text = f"the tag {reference.tag} has no effect beside {SELECT_ANNOTATION}. Write {reference.spelling}."
        yield Hit("ignored-field", (*path, "from", "name"), text)
