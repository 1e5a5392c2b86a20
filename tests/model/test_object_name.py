"""Names of objects, in every spelling that `oc` takes."""

from __future__ import annotations

import pytest

from reconciler.errors import UsageError
from reconciler.model.object_name import ObjectName, short_name


@pytest.mark.parametrize(
    ("text", "api_version", "kind"),
    [
        ("deploy/app", "apps/v1", "Deployment"),
        ("Deployment/app", "apps/v1", "Deployment"),
        ("deployments.apps/app", "apps/v1", "Deployment"),
        ("deployments.v1.apps/app", "apps/v1", "Deployment"),
        ("sts/app", "apps/v1", "StatefulSet"),
        ("ksvc/app", "serving.knative.dev/v1", "Service"),
        ("rollouts/app", "argoproj.io/v1alpha1", "Rollout"),
        ("bc/app", "build.openshift.io/v1", "BuildConfig"),
        ("ingresses/app", "networking.k8s.io/v1", "Ingress"),
        ("po/app", "v1", "Pod"),
    ],
)
def test_every_spelling_names_the_object(text: str, api_version: str, kind: str) -> None:
    assert ObjectName.parse(text).fits(api_version, kind, "app")
    assert not ObjectName.parse(text).fits(api_version, kind, "other")


def test_a_group_and_a_kind_have_to_fit() -> None:
    assert not ObjectName.parse("ksvc/app").fits("v1", "Service", "app")
    assert not ObjectName.parse("deployments.apps/app").fits("extensions/v1beta1", "Deployment", "app")
    assert ObjectName.parse("deploy").fits("apps/v1", "Deployment", "any")
    assert (short_name("apps/v1", "Deployment"), short_name("serving.knative.dev/v1", "Service")) == ("deploy", "ksvc")
    assert short_name("v1", "Service") == "service"


@pytest.mark.parametrize("text", ["", "/app", "deploy/", "deploy/a b", "a/b/c", "deploy/a\n", "1/x", "déploy/x"])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not of the form KIND/NAME"):
        ObjectName.parse(text)
