"""`referencePolicy: Local` on a tag that files follow."""

from __future__ import annotations

from reconciler.model.finding import Position
from reconciler.model.image_field import ImageField
from reconciler.rules.local_policy import local_policies
from tests.kit.world import declare, docker, istag, spec


def test_a_local_tag_that_files_follow_has_one_warning_at_the_tag() -> None:
    tags = {
        "app:prod": spec("prod", docker("quay.io/acme/app:1"), reference_policy="Local"),
        "app:dev": spec("dev", docker("quay.io/acme/app:2")),
        "app:free": spec("free", docker("quay.io/acme/app:3"), reference_policy="Local"),
    }
    fields = [
        ImageField(file, 0, ("image",), istag(name), None, Position(file, 1, 1))
        for file, name in (("a.yaml", "app:prod"), ("b.yaml", "app:prod"), ("c.yaml", "app:dev"), ("d.yaml", "gone:1"))
    ]
    (finding,) = local_policies(fields, declare(tags).streams)
    assert str(finding) == (
        "imagestreams/app.yaml:10:5: warning: team-a/app:prod has referencePolicy Local, and files follow it. Without "
        "a gateway there is no local registry, so they get the pull spec of the source. Write Source, or leave it. "
        "[local-policy]"
    )
