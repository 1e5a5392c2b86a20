"""The pages for newcomers: their commands, run as they are written, against a registry of this machine."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from reconciler.demo.image import TinyImage
from tests.e2e.conftest import Images, Place, run_script
from tests.kit.export import docker, event, exported, follows, listed
from tests.kit.images import Pusher

DOCS = Path(__file__).parents[2] / "docs"
SOURCE = "quay.io/acme/app"


def script(page: str) -> str:
    """Every shell block of a page, one after the other."""
    blocks = re.findall(r"```sh\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    assert blocks
    return "".join(blocks)


def built(images: Images, tag: str, day: int) -> str:
    """Push an image of `app` that was built on a day of May; its digest."""
    image = TinyImage(created=f"2026-05-{day:02}T00:00:00Z", content=tag.encode())
    return Pusher(images.registry.address).image(f"{images.prefix}/app", tag, image)


@pytest.fixture
def empty(tmp_path: Path) -> Place:
    """A folder without a repository."""
    (tmp_path / "home").mkdir()
    here = Place(tmp_path, "work")
    here.path.mkdir()
    return here


def test_a_user_of_openshift_has_specs_and_histories_at_the_end_of_the_page(empty: Place, images: Images) -> None:
    first, second = images.push("app", "1", "1"), images.push("app", "1", "2")
    source = images.name("app", "1")
    repository = source.rpartition(":")[0]
    recorded = {**event("a", 1, repository), "image": first, "dockerImageReference": f"{repository}@{first}"}
    stream = exported({"prod": docker(source, scheduled=True), "test": follows("prod")}, {"prod": [recorded]})
    (empty.root / "export.json").write_bytes(listed(stream))
    oc = f'test "$*" = "get is -n team-a -o yaml" && exec cat {empty.root}/export.json'
    out = run_script(empty, script("from-openshift.md"), {"oc": oc})
    assert "team-a/app: would adopt 1 tag, 1 event; imagestreams/team-a/app.yaml declares 2 tags" in out
    assert "1 stream, 2 tags: 0 errors, 0 warnings" in out
    assert re.search(r"^prod$|^prod \(test\)$", out, flags=re.MULTILINE)
    assert out.endswith("no break.\n")
    history = (empty.path / "my-images/history/team-a/app/prod.yaml").read_text(encoding="utf-8")
    assert [line for line in history.splitlines() if line.startswith("- image")] == [
        f"- image: {second}",
        f"- image: {first}",
    ]


@pytest.mark.parametrize(
    ("page", "tags", "chosen", "written"),
    [
        (
            "from-flux.md",
            ("1.4.0", "1.10.2", "2.0.0", "main-0c1d-9", "main-ffff-10", "main-ffff-8"),
            {"prod": "1.10.2", "main": "main-ffff-10"},
            (
                '        image: {repository}:1.10.2@{prod} # {{"$imagestream": "team-a/app:prod"}}',
                '      repository: {repository} # {{"$imagestream": "team-a/app:main", "part": "name"}}',
                '      tag: main-ffff-10 # {{"$imagestream": "team-a/app:main", "part": "tag"}}',
            ),
        ),
        (
            "from-argocd-image-updater.md",
            ("1.4.0", "1.10.2", "2.0.0", "pr-9", "pr-7", "main"),
            {"prod": "1.10.2", "review": "pr-7"},
            (
                "- name: acme/app          # as the Deployment names it",
                "  newName: {repository}",
                "  newTag: 1.10.2",
                "  digest: {prod}",
                "  tag: pr-7",
            ),
        ),
    ],
)
def test_a_user_of_another_updater_has_the_same_choice_in_the_same_files_and_can_go_back(
    empty: Place, images: Images, page: str, tags: tuple[str, ...], chosen: dict[str, str], written: tuple[str, ...]
) -> None:
    digests = {tag: built(images, tag, day) for day, tag in enumerate(tags, start=1)}
    repository = images.name("app", "x").removesuffix(":x")
    whole = script(page).replace(SOURCE, repository)
    there, go_back = whole.split("git revert", maxsplit=1)
    out = run_script(empty, there, {})
    assert f"1 stream, {len(chosen)} tags: 0 errors, 0 warnings" in out
    assert out.endswith(f"{repository}@{digests[chosen['prod']]}\n")
    for name, tag in chosen.items():
        history = (empty.path / f"fleet/history/team-a/app/{name}.yaml").read_text(encoding="utf-8")
        assert f"- image: {digests[tag]}\n" in history
        assert f"name: {repository}:{tag}\n" in history
    shown = out.splitlines()
    for line in written:
        assert line.format(repository=repository, prod=digests[chosen["prod"]]) in shown
    fleet = Place(empty.root, "work/fleet")
    assert fleet.ok("sync") == "No changes.\n"
    fleet.ok("verify")
    shutil.rmtree(empty.root / "bin")
    run_script(fleet, f"git revert{go_back}", {})
    assert fleet.git("diff", "before-imagestream", "HEAD") == ""


@pytest.mark.parametrize("page", ["from-flux.md", "from-argocd-image-updater.md"])
def test_the_lines_that_a_page_shows_are_those_that_the_command_writes(empty: Place, page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    out = run_script(empty, script(page).partition("\nimagestream validate")[0], {})
    (shown,) = re.findall(r"```diff\n(.*?)```", text, flags=re.DOTALL)
    lines = set(out.splitlines())
    assert [line for line in shown.splitlines() if line[:1] in {"+", "-"} and line not in lines] == []
    files = ("reconciler.yaml", "imagestreams/team-a/app.yaml")
    made = "".join((empty.path / "fleet" / file).read_text(encoding="utf-8") for file in files)
    blocks = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
    assert [block for block in blocks if block not in made] == []


def test_the_five_minutes_with_a_workload_take_tag_and_deployment_forth_and_back(empty: Place, images: Images) -> None:
    first, second = built(images, "main", 1), built(images, "next", 2)
    main, following = images.name("app", "main"), images.name("app", "next")
    plain = "--quiet --insecure-policy --src-tls-verify=false --dest-tls-verify=false"
    podman = f"exec skopeo copy {plain} docker://{following} docker://{main}"
    out = run_script(empty, script("triggers.md").replace(f"{SOURCE}:main", main), {"podman": podman})
    repository = main.removesuffix(":main")
    assert f"-          image: {main}  # the newest build of main\n" in out
    assert f"+          image: {repository}@{first}  # the newest build of main\n" in out
    assert f"move  team-a/app:dev  {first[:19]} -> {second[:19]}" in out
    assert re.search(r"^ history/team-a/app/dev.yaml \| \d+ \++\n workloads/app.yaml +\| 2 \+-$", out, re.MULTILINE)
    text = (empty.path / "my-images/workloads/app.yaml").read_text(encoding="utf-8")
    assert f"image: {repository}@{first}  # the newest build of main\n" in text
    assert re.search(r"^team-a/app:dev .* 1 +Held$", out, re.MULTILINE)
    assert re.search(
        rf"Deployment team-a/app +workloads/app.yaml#\S+ +{re.escape(repository)}@\S+ +InSync$", out, re.MULTILINE
    )
