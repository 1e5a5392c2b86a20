"""The configuration of Argo CD Image Updater, translated: annotations of Applications, and ImageUpdaters."""

from __future__ import annotations

import pytest

from reconciler.edit.adopt.image_updater import adopt_image_updater
from reconciler.edit.adopt.rewrite import Rewrite
from reconciler.edit.spec_edit import checked
from tests.kit.branch import Branch
from tests.kit.git import GitKit

PREFIX = "argocd-image-updater.argoproj.io"
HEAD = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: app-prod
  namespace: argocd
  annotations:
    owner: jane   # kept
"""
SPEC = "spec:\n  source: {path: apps/prod}\n  destination: {namespace: team-a}\n"
KUSTOMIZATION = "images:\n- name: acme/app   # ours\n  newTag: 1.0.0\n"
VALUES = "image: {name: quay.io/acme/app, tag: '1'}\nlist:\n- tag: '1'\n"
CONFIG = "apiVersion: reconciler/v1alpha1\nkind: Config   # people's\nspec: {}\n"


def application(*annotations: str) -> str:
    return HEAD + "".join(f"    {PREFIX}/{each}\n" for each in annotations) + SPEC


def rewritten(kit: GitKit, text: str, namespace: str | None = None) -> Rewrite:
    branch = Branch(kit.repository())
    files = {
        "reconciler.yaml": CONFIG,
        "apps.yaml": text,
        "apps/prod/kustomization.yaml": KUSTOMIZATION,
        "apps/prod/values.yaml": VALUES,
    }
    branch.git.commit(files, "Declare")
    rewrite = Rewrite(branch.repository(), branch.snapshot())
    edit = adopt_image_updater(rewrite, namespace)
    checked(branch.repository(), branch.snapshot(), edit)
    return rewrite


def test_annotations_become_a_spec_tag_and_a_target(kit: GitKit) -> None:
    text = application(
        "image-list: app=quay.io/acme/app:1.x",
        "app.kustomize.image-name: acme/app",
        'app.ignore-tags: "*-rc, latest"',
        "write-back-target: kustomization",
    )
    found = rewritten(kit, text)
    assert found.problems == []
    assert found.done == [
        "team-a/app:prod selects from quay.io/acme/app as Application argocd/app-prod does (apps.yaml:1)",
        "apps/prod/kustomization.yaml follows team-a/app:prod (reconciler.yaml)",
        "apps.yaml:1: the annotations of the updater are taken out",
    ]
    (edit,) = found.tags.values()
    assert edit.annotations == {"reconciler/select": '{"semver": "1.x", "exclude": ["^.*-rc$", "^latest$"]}'}
    assert found.files["apps.yaml"] == (HEAD + SPEC).encode()
    config = (found.files["reconciler.yaml"] or b"").decode()
    assert config.startswith("apiVersion: reconciler/v1alpha1\nkind: Config   # people's\n")
    assert "path: apps/prod/kustomization.yaml" in config


@pytest.mark.parametrize(
    ("annotations", "source", "select"),
    [
        (("image-list: quay.io/acme/app",), "quay.io/acme/app", 'semver: "*"'),
        (("image-list: a=quay.io/acme/app:~1.2", "a.update-strategy: semver"), "quay.io/acme/app", 'semver: "~1.2"'),
        (
            ("image-list: a=quay.io/acme/app", "update-strategy: latest", "allow-tags: 'regexp:^pr-'"),
            "quay.io/acme/app",
            '{"newest": true, "match": "^pr-"}',
        ),
        (
            ("image-list: a=quay.io/acme/app", "a.update-strategy: name", "a.allow-tags: any"),
            "quay.io/acme/app",
            '{"regex": "^.*$", "order": "text"}',
        ),
        (("image-list: a/b=quay.io/acme/app:main", "a_b.update-strategy: digest"), "quay.io/acme/app:main", None),
    ],
)
def test_each_strategy_has_its_form(kit: GitKit, annotations: tuple[str, ...], source: str, select: str | None) -> None:
    found = rewritten(kit, application(*annotations), "team-b")
    ((name, edit),) = found.tags.items()
    assert str(name) == "team-b/app:prod"
    assert edit.source is not None
    assert (edit.source.name, edit.annotations.get("reconciler/select")) == (source, select)


def test_values_of_helm_are_targets_by_path(kit: GitKit) -> None:
    text = application(
        "image-list: a=quay.io/acme/app:1.x",
        "a.helm.image-tag: list[0].tag",
        "write-back-target: helmvalues:./values.yaml",
    )
    found = rewritten(kit, text)
    assert found.problems == []
    config = (found.files["reconciler.yaml"] or b"").decode()
    assert "repository: image.name" in config
    assert "list[0].tag" in config


@pytest.mark.parametrize(
    ("annotations", "problem"),
    [
        (("image-list: a=quay.io/acme/other:1.x",), "has no entry with the name quay.io/acme/other. Add it"),
        (("image-list: a=quay.io/acme/app", "update-strategy: odd"), "the strategy 'odd' is unknown"),
        (("image-list: a=quay.io/acme/app", "update-strategy: digest"), "the strategy digest needs a tag to follow"),
        (("image-list: a=quay.io/acme/app:nonsense",), "semver"),
        (("image-list: a=quay.io/acme/app", "allow-tags: '^v'"), "is not regexp:… and so matches nothing"),
        (("image-list: a=quay.io/acme/app", "ignore-tags: '[a'"), "is a glob that is not translated"),
        (("image-list: a=quay.io/UPPER/app",), "Repositories are lower case"),
        (("image-list: a=quay.io/acme/app", "write-back-target: helmvalues:x.yaml"), "no apps/prod/x.yaml"),
        (
            ("image-list: a=quay.io/acme/app", "write-back-target: 'helmvalues:../../../etc/x'"),
            "this repository has no",
        ),
        (("image-list: a=quay.io/acme/app", "write-back-target: 'helmvalues:{{.x}}'"), "is a template"),
        (
            ("image-list: a=quay.io/acme/app", "a.helm.image-spec: x", "write-back-target: helmvalues"),
            'Put # {"$imagestream": "team-a/app:prod"} at the end of its line in apps/prod/values.yaml by hand.',
        ),
        (
            ("image-list: a=quay.io/acme/app", "a.helm.image-tag: no.such", "write-back-target: helmvalues"),
            "apps/prod/values.yaml has no text at no.such.",
        ),
        (
            ("image-list: a=quay.io/acme/app", "a.helm.image-tag: '[0].tag'", "write-back-target: helmvalues"),
            "is no path of keys",
        ),
        (
            ("image-list: a=quay.io/acme/app", "a.helm.image-tag: '*'", "write-back-target: helmvalues"),
            "is no path of keys",
        ),
    ],
)
def test_what_cannot_be_translated_is_reported_with_its_place(
    kit: GitKit, annotations: tuple[str, ...], problem: str
) -> None:
    found = rewritten(kit, application(*annotations))
    assert "apps.yaml" not in found.files
    assert "reconciler.yaml" not in found.files
    assert len(found.problems) == 1
    assert found.problems[0].startswith("apps.yaml:1: Application argocd/app-prod, image ")
    assert problem in found.problems[0]


UPDATER = """\
---
apiVersion: argocd-image-updater.argoproj.io/v1alpha1
kind: ImageUpdater
metadata: {name: all, namespace: argocd}
spec:
  commonUpdateSettings: {updateStrategy: newest-build, ignoreTags: [latest]}
  writeBackConfig: {method: git, gitConfig: {writeBackTarget: "helmvalues:values.yaml"}}
  applicationRefs:
  - namePattern: app-*
    images:
    - alias: a
      imageName: quay.io/acme/app:1.x
      commonUpdateSettings: {updateStrategy: semver}
      manifestTargets: {helm: {name: image.name, tag: image.tag}}
  - namePattern: nothing
    images: []
"""


def test_an_image_updater_is_translated_for_each_application_that_it_names(kit: GitKit) -> None:
    found = rewritten(kit, HEAD + SPEC + UPDATER)
    assert [str(name) for name in found.tags] == ["team-a/app:prod"]
    (edit,) = found.tags.values()
    assert edit.annotations == {"reconciler/select": '{"semver": "1.x", "exclude": ["^latest$"]}'}
    assert found.problems == ["apps.yaml:12: ImageUpdater argocd/all: no Application in git is named 'nothing'."]
    assert found.notes == ["apps.yaml:12: delete ImageUpdater argocd/all once this is merged."]
    assert "apps.yaml" not in found.files


def test_annotations_count_where_an_image_updater_says_so(kit: GitKit) -> None:
    updater = (
        UPDATER.partition("  commonUpdateSettings")[0]
        + "  applicationRefs:\n  - {namePattern: '*', useAnnotations: true}\n"
    )
    text = application("image-list: a=quay.io/acme/app:1.x", "a.kustomize.image-name: acme/app")
    found = rewritten(kit, text + updater)
    assert found.problems == []
    assert [line.partition(" ")[0] for line in found.done] == [
        "team-a/app:prod",
        "apps/prod/kustomization.yaml",
        "apps.yaml:1:",
    ]


def test_all_tags_ignored_means_frozen(kit: GitKit) -> None:
    text = application("image-list: a=quay.io/acme/app", "a.kustomize.image-name: acme/app", 'a.ignore-tags: "*"')
    (edit,) = rewritten(kit, text).tags.values()
    assert edit.annotations == {"reconciler/frozen": "true", "reconciler/select": 'semver: "*"'}


def test_a_set_of_applications_is_reported(kit: GitKit) -> None:
    text = f"apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: s}}\nspec: {{x: '{PREFIX}/image-list'}}\n"
    assert rewritten(kit, text).problems == [
        "apps.yaml:1: ApplicationSet default/s makes Applications with annotations of the updater. Translate what it "
        "makes: declare a tag and a target for each by hand."
    ]


@pytest.mark.parametrize(
    ("selector", "selects"),
    [
        ("matchLabels: {tier: web}", True),
        ("matchLabels: {tier: db}", False),
        ("matchExpressions: [{key: tier, operator: In, values: [web, api]}]", True),
        ("matchExpressions: [{key: tier, operator: NotIn, values: [web]}]", False),
        ("matchExpressions: [{key: tier, operator: Exists}, {key: old, operator: DoesNotExist}]", True),
        ("matchExpressions: [{key: old, operator: Exists}]", False),
        ("matchExpressions: [{key: tier, operator: Unknown}]", False),
    ],
)
def test_an_image_updater_names_only_what_its_label_selector_selects(kit: GitKit, selector: str, selects: bool) -> None:
    labelled = HEAD.replace("metadata:\n", "metadata:\n  labels: {tier: web}\n", 1)
    assert labelled != HEAD
    updater = UPDATER.replace("namePattern: app-*\n", f"namePattern: app-*\n    labelSelectors: {{{selector}}}\n")
    assert bool(rewritten(kit, labelled + SPEC + updater).tags) is selects
