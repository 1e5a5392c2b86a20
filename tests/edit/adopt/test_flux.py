"""Flux's policies and markers, translated: the files of a person before and after."""

from __future__ import annotations

import codecs

import pytest

from reconciler.edit.adopt.flux import adopt_flux
from reconciler.edit.adopt.rewrite import Rewrite
from tests.kit.branch import Branch
from tests.kit.git import GitKit

REPOSITORY = """\
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {name: app, namespace: flux-system}
spec:
  image: quay.io/acme/app
  interval: 15m
"""
POLICY = """\
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: app-prod, namespace: flux-system}
spec:
  imageRepositoryRef: {name: app}
  %s
"""
SEMVER = "policy: {semver: {range: 1.x}}"
WEB = 'kind: Deployment\nimage: "quay.io/acme/app:1.4.0"   # {"$imagepolicy": "flux-system:app-prod"}\n'
OURS = '# {"$imagestream": "team-a/app:prod"}'


def rewritten(kit: GitKit, files: dict[str, str | bytes], namespace: str | None = "team-a") -> Rewrite:
    branch = Branch(kit.repository())
    branch.git.commit({"reconciler.yaml": "", **files}, "Declare")
    rewrite = Rewrite(branch.repository(), branch.snapshot())
    adopt_flux(rewrite, namespace)
    return rewrite


def select(rewrite: Rewrite) -> str | None:
    (edit,) = rewrite.tags.values()
    return edit.annotations.get("reconciler/select")


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        (SEMVER, 'semver: "1.x"'),
        (
            "filterTags: {pattern: '^v'}\n  policy: {semver: {range: '>=1.0.0-0'}}",
            '{"match": "^v", "semver": ">=1.0.0-0"}',
        ),
        (
            "filterTags: {pattern: '^main-(?P<ts>[0-9]+)$', extract: $ts}\n  policy: {numerical: {order: asc}}",
            '{"regex": "^main-(?P<ts>[0-9]+)$", "extract": "$ts", "order": "number"}',
        ),
        (
            "filterTags: {pattern: '^RELEASE'}\n  policy: {alphabetical: {}}",
            '{"regex": "^.*$", "match": "^RELEASE", "order": "text"}',
        ),
        ("policy: {numerical: {}}", '{"regex": "^.*$", "order": "number"}'),
    ],
)
def test_a_policy_becomes_a_selection(kit: GitKit, policy: str, wanted: str) -> None:
    assert select(rewritten(kit, {"flux.yaml": REPOSITORY + POLICY % policy})) == wanted


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ("policy: {numerical: {order: desc}}", "order: desc wants the smallest"),
        ("policy: {}", "none or several of semver, numerical and alphabetical"),
        ("policy: {semver: {range: nonsense}}", "semver"),
        ("policy: {semver: {range: '>2 <1'}}", "no version is in"),
        ("filterTags: {pattern: '(', extract: $ts}\n  policy: {numerical: {}}", "regex"),
        (
            "filterTags: {pattern: '^(?P<a>.)(?P<b>.)$', extract: $a-$b}\n  policy: {alphabetical: {}}",
            "extract is '$a-$b'",
        ),
        (f"digestReflectionPolicy: Always\n  {SEMVER}", "digestReflectionPolicy: Always follows versions that move"),
        (
            "digestReflectionPolicy: Always\n  filterTags: {pattern: '^la.est$'}\n  policy: {alphabetical: {}}",
            "digestReflectionPolicy: Always follows versions that move",
        ),
    ],
)
def test_a_policy_without_the_same_meaning_here_is_reported_with_its_place(kit: GitKit, policy: str, why: str) -> None:
    found = rewritten(kit, {"flux.yaml": REPOSITORY + POLICY % policy, "web.yaml": WEB})
    assert found.files == {}
    assert found.problems[0].startswith("flux.yaml:8: ImagePolicy flux-system/app-prod: ")
    assert why in found.problems[0]
    assert found.problems[1] == (
        "web.yaml:2: its ImagePolicy flux-system/app-prod is not translated here. Put our marker there by hand."
    )


def test_what_follows_one_tag_that_moves_is_scheduled(kit: GitKit) -> None:
    policy = r"digestReflectionPolicy: Always" + "\n  suspend: true\n" + r"  filterTags: {pattern: '^v1\.4$'}"
    flux = REPOSITORY.replace("15m", "5m").replace("  image:", "  insecure: true\n  image:") + POLICY % policy
    (edit,) = rewritten(kit, {"flux.yaml": flux}).tags.values()
    assert (str(edit.source), edit.scheduled, edit.insecure) == ("DockerImage quay.io/acme/app:v1.4", True, True)
    assert edit.annotations == {"reconciler/interval": "5m", "reconciler/frozen": "true"}


STYLES: dict[str, tuple[str | bytes, str | bytes]] = {
    "plain": (WEB, WEB.replace('# {"$imagepolicy": "flux-system:app-prod"}', OURS)),
    "no line break at the end": (
        WEB.rstrip("\n"),
        WEB.replace('# {"$imagepolicy": "flux-system:app-prod"}', OURS)[:-1],
    ),
    "windows": (
        WEB.replace("\n", "\r\n"),
        WEB.replace('# {"$imagepolicy": "flux-system:app-prod"}', OURS).replace("\n", "\r\n"),
    ),
    "byte order mark": (
        codecs.BOM_UTF8 + WEB.encode(),
        codecs.BOM_UTF8 + WEB.replace('# {"$imagepolicy": "flux-system:app-prod"}', OURS).encode(),
    ),
    "parts": (
        'a:\n- name: x # {"$imagepolicy": "flux-system:app-prod:name"}\n  tag: y #{"$imagepolicy":"flux-system:app-prod:tag"}\n',
        'a:\n- name: x # {"$imagestream": "team-a/app:prod", "part": "name"}\n'
        '  tag: y #{"$imagestream": "team-a/app:prod", "part": "tag"}\n',
    ),
    "text that looks alike": (
        'a: |\n  # {"$imagepolicy": "flux-system:app-prod"}\nb: \'# {"$imagepolicy": "flux-system:app-prod"}\'\n' + WEB,
        'a: |\n  # {"$imagepolicy": "flux-system:app-prod"}\nb: \'# {"$imagepolicy": "flux-system:app-prod"}\'\n'
        + WEB.replace('# {"$imagepolicy": "flux-system:app-prod"}', OURS),
    ),
}


@pytest.mark.parametrize(("before", "after"), STYLES.values(), ids=STYLES)
def test_a_marker_is_replaced_in_its_comment_and_nowhere_else(
    kit: GitKit, before: str | bytes, after: str | bytes
) -> None:
    found = rewritten(kit, {"flux.yaml": REPOSITORY + POLICY % SEMVER, "web.yaml": before})
    assert found.files["web.yaml"] == (after if isinstance(after, bytes) else after.encode())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            'a: b # {"$imagepolicy": "flux-system:app-prod:nonsense"}\n',
            "is not one of Flux. Put our marker there by hand.",
        ),
        ('a: b # {"$imagepolicy": "app-prod"}\n', "is not one of Flux. Put our marker there by hand."),
        ('a: b # {"$imagepolicy": 1}\n', "is not one of Flux. Put our marker there by hand."),
        ('a: b # {"$imagepolicy"\n', "is not one of Flux. Put our marker there by hand."),
        ('a: b # {"$imagepolicy": "flux-system:other"}\n', "its ImagePolicy flux-system/other is not translated here."),
        (
            '# {"$imagepolicy": "flux-system:app-prod"}\na: b\n',
            "a marker of Flux is not rewritten: the marker has a line",
        ),
        (
            'a: &x b # {"$imagepolicy": "flux-system:app-prod"}\nc: *x\n',
            "a marker of Flux is not rewritten: the anchor",
        ),
        ('a: {{ b }} # {"$imagepolicy": "flux-system:app-prod"}\n', "it has markers of Flux, and is not edited: "),
    ],
)
def test_a_marker_that_is_not_clear_stays_and_is_reported(kit: GitKit, text: str, problem: str) -> None:
    found = rewritten(kit, {"flux.yaml": REPOSITORY + POLICY % SEMVER, "web.yaml": text})
    assert "web.yaml" not in found.files
    assert len(found.problems) == 1
    assert found.problems[0].startswith("web.yaml")
    assert problem in found.problems[0]


def test_names_come_from_the_repository_and_the_policy(kit: GitKit) -> None:
    other = (POLICY % SEMVER).replace("app-prod", "app")
    strange = (POLICY % SEMVER).replace("app-prod", "web")
    found = rewritten(kit, {"flux.yaml": REPOSITORY + other + strange + POLICY % SEMVER}, None)
    assert [str(name) for name in found.tags] == [
        "flux-system/app:latest",
        "flux-system/app:web",
        "flux-system/app:prod",
    ]
    assert list(found.files) == ["imagestreams/flux-system/app.yaml"]


def test_a_policy_that_gets_its_namespace_from_a_kustomization_is_found_by_its_name(kit: GitKit) -> None:
    flux = (REPOSITORY + POLICY % SEMVER).replace(", namespace: flux-system", "")
    found = rewritten(kit, {"flux.yaml": flux, "web.yaml": WEB})
    assert found.problems == []
    assert OURS.encode() in (found.files["web.yaml"] or b"")


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        ((POLICY % SEMVER).replace("1.x", "2.x").removeprefix("---\n"), "ImagePolicy flux-system/app-prod"),
        (REPOSITORY.replace("quay.io", "r.example.com"), "ImageRepository flux-system/app"),
    ],
)
def test_what_two_clusters_define_differently_is_not_chosen_for_a_person(kit: GitKit, other: str, kind: str) -> None:
    files = {"a/flux.yaml": REPOSITORY + POLICY % SEMVER, "b/flux.yaml": other, "web.yaml": WEB}
    found = rewritten(kit, dict(files))
    assert found.files == {}
    assert found.problems[0] == (
        f"a/flux.yaml:8: ImagePolicy flux-system/app-prod: {kind} is there with another content too (b/flux.yaml:1). "
        "Declare a tag for each by hand."
    )


def test_what_two_clusters_define_alike_is_translated_once(kit: GitKit) -> None:
    flux = REPOSITORY + POLICY % SEMVER
    found = rewritten(kit, {"a/flux.yaml": flux, "b/flux.yaml": flux, "web.yaml": WEB})
    assert found.problems == []
    assert sorted(found.files) == ["imagestreams/team-a/app.yaml", "web.yaml"]


def test_a_tag_that_is_declared_in_another_way_is_not_touched(kit: GitKit) -> None:
    flux = REPOSITORY + POLICY % SEMVER
    made = rewritten(kit, {"flux.yaml": flux}).files["imagestreams/team-a/app.yaml"] or b""
    again = rewritten(GitKit(kit.root / "again"), {"flux.yaml": flux, "is.yaml": made, "web.yaml": WEB})
    assert list(again.files) == ["web.yaml"]
    assert again.problems == []
    differs = rewritten(GitKit(kit.root / "other"), {"flux.yaml": flux, "is.yaml": made.replace(b"1.x", b"2.x")})
    assert differs.problems == [
        "flux.yaml:8: team-a/app:prod is declared already, in another way. Make is.yaml and this agree."
    ]


def test_what_is_left_for_a_person_is_listed(kit: GitKit) -> None:
    flux = REPOSITORY + "  secretRef: {name: quay}\n" + POLICY % SEMVER
    flux += "---\napiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageUpdateAutomation\nmetadata: {name: all}\n"
    assert rewritten(kit, {"flux.yaml": flux}).notes == [
        "flux.yaml:1: write what secretRef names into the Installation: docs/credentials.md",
        "flux.yaml:1: delete ImageRepository flux-system/app once this is merged.",
        "flux.yaml:9: delete ImagePolicy flux-system/app-prod once this is merged.",
        "flux.yaml:16: delete ImageUpdateAutomation default/all once this is merged.",
    ]
