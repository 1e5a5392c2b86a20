"""`docs/operations.md` describes `deploy/` as it is."""

from __future__ import annotations

import re

from reconciler import __version__
from reconciler.server.hooks.answer import RESULTS
from tests.deploy.conftest import DEPLOY, ROOT, variables

PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_every_variable_is_one_of_the_program() -> None:
    named = set(re.findall(r"\bIMAGESTREAM_[A-Z_]+[A-Z]\b", PAGE + DOCKERFILE))
    assert {"IMAGESTREAM_CONFIG", "IMAGESTREAM_RUN_LISTEN", "IMAGESTREAM_RUN_REPO"} <= named
    assert named - variables() == set()


def test_every_file_that_is_named_is_there() -> None:
    named = set(re.findall(r"\bdeploy/[\w./-]*\w", PAGE))
    assert len(named) > 4
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_every_component_is_in_the_table() -> None:
    table = PAGE.partition("| component | adds |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == {
        path.name for path in (DEPLOY / "kubernetes/components").iterdir()
    }


def test_every_way_in_which_a_webhook_can_be_of_no_use_is_explained() -> None:
    section = PAGE.partition("### Webhooks are of no use")[2].partition("###")[0]
    explained = set(re.findall(r"`([a-z-]+)`", section.replace("`kind`", "")))
    assert explained == set(RESULTS.values()) - {"ignored", "accepted", "unauthenticated", "unknown"}


def test_the_base_and_the_version_of_the_image_are_those_of_the_page_and_the_package() -> None:
    (base,) = re.findall(r"^ARG BASE=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert base.removeprefix("docker.io/library/") in PAGE
    assert re.findall(r"^ARG VERSION=(\S+)$", DOCKERFILE, re.MULTILINE) == [__version__]
