"""`imagestream resolve --env`: what a build script reads, by `eval`, by `source` and as `$GITHUB_ENV`."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.conftest import Images, Place, run_script, stream, tag

SCRIPT = """
eval "$(imagestream resolve team-a/base:stable --env BASE)"
echo "$BASE_IMAGE_TAG after $BASE_PREVIOUS_IMAGE_TAG on $BASE_IMAGE"
imagestream resolve --env team-a/base:copy > variables
. ./variables
echo "$IMAGESTREAM_TAG is $IMAGE_NAME $IMAGE_TAG $IMAGE_DIGEST"
"""
SELECT = "      annotations:\n        reconciler/select: 'semver: \">=1\"'\n"


def test_a_script_reads_the_image_its_version_and_the_one_before(place: Place, images: Images) -> None:
    repository = images.name("base", "x").removesuffix(":x")
    images.push("base", "1.4.0", "1.4.0")
    copy = tag("copy", "base:stable", "ImageStreamTag")
    place.write("base.yaml", stream("base", tag("stable", repository, scheduled=True, more=SELECT), copy))
    place.commit("Declare base")
    place.ok("sync")
    newest = images.push("base", "1.5.0", "1.5.0")
    place.ok("sync")
    assert run_script(place, SCRIPT).splitlines() == [
        f"1.5.0 after 1.4.0 on {repository}@{newest}",
        f"team-a/base:copy is {repository} 1.5.0 {newest}",
    ]
    before = place.ok("resolve", "team-a/base:stable", "--env", "--at", "HEAD~2")
    assert "\nIMAGE_TAG=1.4.0\n" in before
    assert before.endswith("\nPREVIOUS_IMAGE=\nPREVIOUS_IMAGE_NAME=\nPREVIOUS_IMAGE_TAG=\nPREVIOUS_IMAGE_DIGEST=\n")
    lines = Path(place.path / "variables").read_text(encoding="utf-8").splitlines()
    assert all(line.count("=") == 1 and not set(line) & set("'\"$`\\ ") for line in lines)


def test_arguments_that_exclude_each_other_are_refused(place: Place) -> None:
    assert place.run("resolve", "team-a/app:prod", "BASE").err == (
        "error: BASE is one name too many. Resolve one at a time; a prefix for variables needs --env.\n"
    )
    assert place.run("resolve", "team-a/app:prod", "--env", "-o", "json").err == (
        "error: --env prints lines for a shell, and -o json prints JSON. Leave one of them out.\n"
    )
