"""`set-triggers` and `image-lookup`: workloads edited in place, to the byte, for a person."""

from __future__ import annotations

import pytest

from reconciler.schema.check import check
from tests.e2e.conftest import Images, Place, stream, tag

FILE = "apps/web.yaml"
WEB = """\
# people's comment
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: team-a}
spec:
  template:
    spec:
      containers:
      - name: web
        image: quay.io/acme/app:1   # first
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: night
  namespace: team-a
  annotations:
    owner: jane
spec:
  jobTemplate: {spec: {template: {spec: {containers: [{name: job, image: 'quay.io/acme/app:1'}]}}}}
"""


@pytest.fixture
def declared(place: Place) -> Place:
    place.write("app.yaml", stream("app", tag("prod", "quay.io/acme/app:1")))
    place.write(FILE, WEB)
    place.write("chart/templates/web.yaml", "kind: Deployment\nmetadata: {name: {{ .Values.name }}}\n")
    place.commit("Declare app")
    return place


def refusal(place: Place, *arguments: str) -> str:
    before = place.git("rev-parse", "HEAD")
    ran = place.run(*arguments)
    assert ran.code in {1, 2}
    assert place.git("rev-parse", "HEAD") == before
    assert place.git("status", "--short") == ""
    return ran.err


def changed_lines(place: Place) -> list[str]:
    diff = place.git("show", "--format=", "-U0").splitlines()
    return [line for line in diff if line[:1] in "+-" and line[:3] not in {"+++", "---"}]


def test_a_trigger_is_one_edit_in_the_persons_name(declared: Place) -> None:
    ran = declared.run("set-triggers", "cj/night", "--from-image", "app:prod")
    assert (ran.code, ran.out) == (0, "NOT pushed: git push -u REMOTE main\n")
    assert ran.err == (
        "note: CronJob team-a/night follows team-a/app:prod.\n"
        "note: The next pass writes the images: `imagestream plan` shows them.\n"
    )
    path = 'spec.jobTemplate.spec.template.spec.containers[?(@.name==\\"job\\")].image'
    assert changed_lines(declared) == [
        f'+    image.openshift.io/triggers: \'[{{"from":{{"kind":"ImageStreamTag","name":"app:prod"}},"fieldPath":"{path}"}}]\'',
    ]
    assert declared.git("log", "-1", "--format=%an|%cn|%s").strip() == (
        "Jane Doe|Jane Doe|Set triggers of CronJob team-a/night"
    )
    declared.ok("set-triggers", "--remove", "--from-image=team-a/app:prod", "cronjobs.batch/night", "-n", "team-a")
    assert (declared.path / FILE).read_text() == WEB
    assert declared.ok("set-triggers", "cj/night", "--remove-all") == "No changes.\n"


def test_an_edit_may_stay_in_the_work_tree(declared: Place) -> None:
    out = declared.ok("set-triggers", "deploy/web", "--from-image=other:1", "--no-commit")
    assert out.splitlines() == [
        "Deployment team-a/web follows team-a/other:1.",
        "The next pass writes the images: `imagestream plan` shows them.",
        "team-a/other:1 is not declared here, so nothing follows it yet. Declare it.",
    ]
    assert declared.git("status", "--short") == f" M {FILE}\n"
    again = declared.run("set-triggers", "deploy/web", "--manual", "--no-commit")
    assert (again.code, again.out) == (0, "Deployment team-a/web stays as it is.\n")


def test_triggers_are_listed_as_a_table_and_as_json(declared: Place) -> None:
    assert declared.ok("set-triggers").splitlines() == ["NAMESPACE   NAME   TYPE   VALUE   AUTO   FILE"]
    declared.ok("set-triggers", "--all", "--from-image=app:prod", "-n", "team-a")
    assert declared.ok("set-triggers").splitlines()[1:] == [
        "team-a      deploy/web   image   team-a/app:prod (web)   true   apps/web.yaml:2",
        "team-a      cj/night     image   team-a/app:prod (job)   true   apps/web.yaml:12",
    ]
    found = declared.run("set-triggers", "-o", "json", "deploy/web").json
    assert check("set-triggers", found) == []
    assert found["objects"][0]["triggers"] == [
        {"type": "image", "tag": "team-a/app:prod", "containers": ["web"], "automatic": True, "problem": None}
    ]


def test_what_is_missing_ambiguous_or_contradictory_is_refused_in_one_line(declared: Place) -> None:
    assert refusal(declared, "set-triggers", "sts/web", "--auto") == (
        "error: no file declares sts/web. There is Deployment team-a/web.\n"
    )
    assert refusal(declared, "set-triggers", "web", "--auto") == (
        "error: web names a kind. Write web/NAME, or --all for every one.\n"
    )
    assert refusal(declared, "set-triggers", "--auto") == (
        "error: name an object, such as deploy/app, or a file with -f, or --all.\n"
    )
    assert refusal(declared, "set-triggers", "-f", FILE, "--auto") == (
        f"error: {FILE} holds several: Deployment team-a/web ({FILE}:2), CronJob team-a/night ({FILE}:12). Name one of them "
        "too, or write --all.\n"
    )
    assert refusal(declared, "set-triggers", "-f", "chart/templates/web.yaml", "--auto").startswith(
        "error: chart/templates/web.yaml:2:"
    )
    assert refusal(declared, "set-triggers", "deploy/web", "--remove") == (
        "error: --remove needs the trigger to remove, such as --from-image=app:prod. --remove-all removes all.\n"
    )
    assert refusal(declared, "set-triggers", "deploy/web", "--auto", "--manual").startswith(
        "error: --auto and --manual"
    )
    assert refusal(declared, "set-triggers", "deploy/we b", "--auto") == (
        "error: 'deploy/we b' is not of the form KIND/NAME. Write it as deploy/app.\n"
    )
    assert refusal(declared, "set-triggers", "deploy/web", "-f", "/etc/passwd", "--auto").startswith(
        "error: /etc/passwd is"
    )
    declared.write("other/web.yaml", WEB.replace("team-a", "team-b"))
    declared.commit("Copy it")
    assert refusal(declared, "set-triggers", "deploy/web", "--auto") == (
        f"error: deploy/web is there 2 times: Deployment team-a/web ({FILE}:2), Deployment team-b/web (other/web.yaml:2). "
        "Name its namespace with -n, or its file with -f.\n"
    )
    declared.ok("set-triggers", "deploy/web", "-f", "other/web.yaml", "--from-image", "team-a/app:prod")
    assert '"namespace":"team-a"' in "".join(changed_lines(declared))


def test_a_stream_is_looked_up_by_plain_names(declared: Place) -> None:
    ran = declared.run("image-lookup", "app")
    assert ran.err == (
        "note: Workloads of namespace team-a may name it as an image, such as app:TAG (app.yaml:1).\n"
        "note: The next pass writes the images that name a tag of it: `imagestream plan` shows them.\n"
    )
    assert changed_lines(declared) == ["+  lookupPolicy:", "+    local: true"]
    declared.ok("validate", "--strict")
    assert declared.ok("image-lookup").splitlines()[1:] == ["team-a      is/app   true    app.yaml:1"]
    assert declared.ok("image-lookup", "app") == "No changes.\n"
    declared.ok("image-lookup", "--all", "--enabled=false")
    assert changed_lines(declared) == ["-    local: true", "+    local: false"]
    assert refusal(declared, "image-lookup", "nope") == "error: no file declares is/nope.\n"


def test_all_images_of_a_workload_are_looked_up_by_an_annotation_of_its_template(declared: Place) -> None:
    declared.ok("image-lookup", "deploy/web", "cj/night")
    assert changed_lines(declared) == [
        "+    metadata:",
        "+      annotations:",
        "+        alpha.image.policy.openshift.io/resolve-names: '*'",
        "-  jobTemplate: {spec: {template: {spec: {containers: [{name: job, image: 'quay.io/acme/app:1'}]}}}}",
        "+  jobTemplate: {spec: {template: {spec: {containers: [{name: job, image: 'quay.io/acme/app:1'}]}, "
        "metadata: {annotations: {alpha.image.policy.openshift.io/resolve-names: '*'}}}}}",
    ]
    found = declared.run("image-lookup", "deploy/web", "--list", "-o", "json").json
    assert check("image-lookup", found) == []
    assert found["objects"][0]["enabled"] is True
    declared.ok("image-lookup", "deploy/web", "cj/night", "--enabled=false")
    assert (declared.path / FILE).read_text() == WEB


def test_objects_are_completed(declared: Place) -> None:
    def completed(*words: str) -> list[str]:
        line = " ".join(("imagestream", *words))
        environ = {"COMP_WORDS": line, "COMP_CWORD": str(len(words)), "_IMAGESTREAM_COMPLETE": "bash_complete"}
        return declared.run(environ=environ).out.splitlines()

    assert completed("set-triggers", "deploy/") == ["plain,deploy/web"]
    assert completed("image-lookup", "a") == ["plain,app"]


def test_the_next_pass_writes_what_was_set_and_a_removed_trigger_stops_it(place: Place, images: Images) -> None:
    first = images.push("app", "1", "1")
    repository = images.name("app", "1").removesuffix(":1")
    place.write("app.yaml", stream("app", tag("prod", images.name("app", "1"), scheduled=True)))
    place.write(FILE, WEB)
    place.commit("Declare app")
    place.ok("sync")
    place.ok("set-triggers", "deploy/web", "cj/night", "--from-image=app:prod")
    place.ok("validate", "--strict")
    place.ok("sync")
    text = (place.path / FILE).read_text()
    assert f"        image: {repository}@{first}   # first\n" in text
    assert f"image: '{repository}@{first}'" in text
    place.ok("set-triggers", "cj/night", "--manual")
    place.ok("set-triggers", "deploy/web", "--remove-all")
    images.push("app", "1", "2")
    place.ok("sync")
    assert (place.path / FILE).read_text().count(first) == 2
    place.ok("set-triggers", "cj/night", "--auto")
    place.ok("sync")
    assert (place.path / FILE).read_text().count(first) == 1
    place.ok("verify")


def test_a_plain_name_is_written_once_lookup_is_enabled(place: Place, images: Images) -> None:
    digest = images.push("app", "1", "1")
    place.write("app.yaml", stream("app", tag("prod", images.name("app", "1"))))
    place.write(FILE, WEB.replace("quay.io/acme/app:1   # first", "app:prod   # first"))
    place.commit("Declare app")
    place.ok("image-lookup", "app")
    place.ok("sync")
    place.ok("sync")
    assert f"@{digest}   # first\n" in (place.path / FILE).read_text()
