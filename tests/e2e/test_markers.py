"""Markers and targets: values of any file move in the commit of their istag, and one revert takes all of them back."""

from __future__ import annotations

from tests.e2e.conftest import Images, Place, stream, tag

VALUES = "charts/app/values.yaml"
KUSTOMIZATION = "apps/web/kustomization.yaml"
RELEASE = "apps/web/release.json"
MARKED = """\
# Values of the chart.\r
image:\r
    repository: 'acme/app'   # {"$imagestream": "team-a/app:prod", "part": "name"}\r
    tag: 1.10   # {"$imagestream": "team-a/app:prod", "part": "tag"}\r
    digest:   ""   # {"$imagestream": "team-a/app:prod", "part": "digest"}\r
whole: >- # {"$imagestream": "team-a/app:prod"}\r
    acme/app\r
"""
PLAIN = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
images:
- name: other
- name: acme/app # rewritten by kustomize edit
  newTag: latest
"""
CONFIG = """\
apiVersion: reconciler/v1alpha1
kind: Config
spec:
  streams: {exclude: ["apps/**"]}
  images: {write: tag-and-digest}
  targets:
  - {path: "apps/*/kustomization.yaml", kustomize: {image: acme/app}, from: "team-a/app:prod"}
  - {path: apps/web/release.json, helm: {digest: "containers[0].digest"}, from: "team-a/app:prod"}
"""


def test_marked_values_and_targets_move_with_their_istag_and_go_back_with_it(place: Place, images: Images) -> None:
    first = images.push("app", "1.10", "1")
    name = images.name("app", "1.10")
    repository = name.rpartition(":")[0]
    place.write("imagestreams/app.yaml", stream("app", tag("prod", name, scheduled=True)))
    place.write("reconciler.yaml", CONFIG)
    (place.path / VALUES).parent.mkdir(parents=True)
    (place.path / VALUES).write_bytes(MARKED.encode())
    place.write(KUSTOMIZATION, PLAIN)
    place.write(RELEASE, '{"containers": [\n\t{"digest": null}]}')
    place.commit("Declare app")
    place.ok("validate")
    place.ok("sync")

    def marked(digest: str) -> bytes:
        text = MARKED.replace("'acme/app'", f"'{repository}'").replace("tag: 1.10", 'tag: "1.10"')
        text = text.replace('""', f'"{digest}"').replace("    acme/app", f"    {repository}:1.10@{digest}")
        return text.encode()

    def plain(digest: str) -> str:
        entry = f'  newTag: "1.10"\n  newName: {repository}\n  digest: {digest}\n'
        return PLAIN.replace("  newTag: latest\n", entry)

    def release(digest: str) -> str:
        return f'{{"containers": [\n\t{{"digest": "{digest}"}}]}}'

    def now() -> tuple[bytes, str, str]:
        files = (place.path / each for each in (VALUES, KUSTOMIZATION, RELEASE))
        values, kustomization, made = files
        return values.read_bytes(), kustomization.read_text(), made.read_text()

    assert now() == (marked(first), plain(first), release(first))
    assert place.run("sync", "-o", "json").json["changes"] == []
    second = images.push("app", "1.10", "2")
    place.ok("sync")
    assert now() == (marked(second), plain(second), release(second))
    history = "history/team-a/app/prod.yaml"
    changed = place.git("show", "--format=", "--name-only", "HEAD").split()
    assert sorted(changed) == sorted([KUSTOMIZATION, RELEASE, VALUES, history])
    place.git("revert", "--no-edit", "HEAD")
    assert now() == (marked(first), plain(first), release(first))
    place.ok("sync")
    assert now() == (marked(first), plain(first), release(first))
    place.ok("verify")
