"""Triggers as values: kinds, field paths and the istags they name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import InputError
from reconciler.model.name import IstagName
from reconciler.model.trigger import ContainerPath, Trigger, container_path, pod_spec_path

TEMPLATE = ("spec", "template", "spec")


@pytest.mark.parametrize(
    ("api_version", "kind", "path"),
    [
        ("apps/v1", "Deployment", TEMPLATE),
        ("apps/v1beta2", "StatefulSet", TEMPLATE),
        ("extensions/v1beta1", "DaemonSet", TEMPLATE),
        ("batch/v1", "CronJob", ("spec", "jobTemplate", *TEMPLATE)),
        ("", "Deployment", TEMPLATE),
        ("batch/v1", "Deployment", None),
        ("apps", "Deployment", None),
        ("v1", "Pod", None),
        ("batch/v1", "Job", None),
        ("apps/v1", "ReplicaSet", None),
        ("apps/v1", "deployment", None),
    ],
)
def test_four_kinds_have_triggers_where_their_pod_spec_lies(
    api_version: str, kind: str, path: tuple[str, ...] | None
) -> None:
    assert pod_spec_path(api_version, kind) == path


@pytest.mark.parametrize(
    ("field_path", "found"),
    [
        ("spec.template.spec.containers[0].image", ContainerPath("containers", 0)),
        ("spec.template.spec.initContainers[12].image", ContainerPath("initContainers", 12)),
        ('spec.template.spec.containers[?(@.name=="app")].image', ContainerPath("containers", "app")),
        ('spec.template.spec.containers[?(@.name=="0")].image', ContainerPath("containers", "0")),
        ("spec.template.spec.containers[?(@.name=='app')].image", None),
        ('spec.template.spec.containers[?(@.name=="app" )].image', None),
        ('spec.template.spec.containers[@.name=="app"].image', None),
        ('spec.template.spec.containers[?(@.name=="app").image', None),
        ("spec.template.spec.containers[-1].image", None),
        ("spec.template.spec.containers[٣].image", None),
        ("spec.template.spec.containers[].image", None),
        ("spec.template.spec.containers[0].image.tag", None),
        ("spec.template.spec.ephemeralContainers[0].image", None),
        ("spec.templates.spec.containers[0].image", None),
        ("spec.jobTemplate.spec.template.spec.containers[0].image", None),
        ("", None),
    ],
)
def test_a_field_path_has_one_form(field_path: str, found: ContainerPath | None) -> None:
    assert container_path(field_path, TEMPLATE) == found


@given(
    st.sampled_from(["containers", "initContainers"]),
    st.integers(0, 999_999_999) | st.text(st.characters(exclude_characters="]")),
)
def test_a_printed_container_path_is_read_again(group: str, selector: int | str) -> None:
    path = ContainerPath(group, selector)
    assert container_path(f"spec.template.spec.{path}", TEMPLATE) == path


def test_an_istag_is_of_the_workloads_namespace_unless_the_trigger_names_another() -> None:
    assert Trigger(kind="ImageStreamTag", name="app:prod").istag("team-a") == IstagName("team-a", "app", "prod")
    other = Trigger(kind="ImageStreamTag", name="app:prod", namespace="team-b")
    assert other.istag("team-a") == IstagName("team-b", "app", "prod")


def test_a_namespace_that_is_none_names_no_istag() -> None:
    with pytest.raises(InputError, match=r"^from names no istag: .*'Team' is not a namespace"):
        Trigger(kind="ImageStreamTag", name="app:prod", namespace="Team").istag("team-a")
