"""`make bench`: the parts of a pass over 1,000 and 10,000 tags, cold and unchanged, and the limit of the registry.

Everything runs on this machine: the real registry, git over a file path, and the pass in this process. Compare
figures of one run only, not of different runs or machines.
"""

from __future__ import annotations

import argparse
import http.client
import json
import platform
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.app.options import Options
from reconciler.app.registry_app import RegistryApp
from reconciler.demo.image import OCI, TinyImage, build_image, digest_of
from reconciler.planning import lookup
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.plan import plan_pass
from reconciler.planning.subject import Subjects
from reconciler.provenance.foreign_changes import ForeignChanges
from reconciler.provenance.snapshot import read_snapshot
from reconciler.reconcile.apply import compose
from reconciler.reconcile.observe import observe, read_world
from reconciler.reconcile.registry_pool import fetch_answers
from tests.kit.images import Pusher
from tests.kit.real_registry import RealRegistry

TAGS_A_STREAM = 10
IDENTITY = {"NAME": "bench", "EMAIL": "bench@example.com"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tags", nargs="*", type=int, default=[1000, 10000])
    sizes = parser.parse_args().tags
    print(f"Python {platform.python_version()}, {subprocess.check_output(['git', '--version'], text=True).strip()}")
    with RealRegistry() as registry, tempfile.TemporaryDirectory(prefix="imagestream-bench-") as scratch:
        populate(registry.address, max(sizes))
        limit(registry.address)
        for size in sizes:
            measure(registry.address, size, Path(scratch) / str(size))


def populate(address: str, tags: int) -> None:
    """Push one image for each tag, in repositories of a hundred tags."""
    connection = http.client.HTTPConnection(address)
    for number in range(tags):
        repository, tag = name(number)
        if number % 100 == 0:
            pushed = build_image(TinyImage(content=repository.encode()))
            Pusher(address).pieces(repository, tag, pushed)
            base = json.loads(pushed.manifest)
        body = json.dumps(base | {"annotations": {"number": str(number)}}).encode()
        connection.request("PUT", f"/v2/{repository}/manifests/{tag}", body, {"Content-Type": OCI.manifest})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == http.client.CREATED, digest_of(body)  # noqa: S101 - a bench stops when its setup fails
    connection.close()


def name(number: int) -> tuple[str, str]:
    return f"bench/app{number // 100}", f"v{number % 100}"


def limit(address: str) -> None:
    """Measure by ab how many requests the registry answers: the limit of every figure below."""
    if shutil.which("ab") is None:
        print("registry limit: not measured (ab is not installed; Debian's apache2-utils has it)")
        return
    accept = f"Accept: {OCI.manifest}"
    url = f"http://{address}/v2/bench/app0/manifests/v1"
    shown = subprocess.check_output(["ab", "-i", "-k", "-q", "-n", "4000", "-c", "8", "-H", accept, url], text=True)
    rate = next(line.split()[3] for line in shown.splitlines() if line.startswith("Requests per second"))
    print(f"registry limit: {rate} HEAD/s (ab -i -k -c 8)")


def measure(address: str, tags: int, folder: Path) -> None:
    """Run a cold pass, then an unchanged one."""
    repository(address, tags, folder)
    print(f"\n{tags} tags in {-(-tags // TAGS_A_STREAM)} streams")
    print(f"{'part':28}{'cold s':>10}{'unchanged s':>14}")
    cold, unchanged = one_pass(folder), one_pass(folder)
    for part in cold:
        print(f"{part:28}{cold[part]:10.2f}{unchanged.get(part, 0):14.2f}")
    print(f"{'all':28}{sum(cold.values()):10.2f}{sum(unchanged.values()):14.2f}")


def one_pass(folder: Path) -> dict[str, float]:
    """Run a pass; the seconds of each part."""
    taken: dict[str, float] = {}
    with RegistryApp(Options(directory=folder)) as app:
        repo, head, registries = app.repository, app.head(), app.registries()
        with timed(taken, "read and validate"):
            snapshot = read_snapshot(repo, head)
        with timed(taken, "compare with what was written"):
            foreign = ForeignChanges(repo, snapshot, "main")
            foreign.changes()
            foreign.restorable()
        world = read_world(repo, head, "main")
        questions = lookup.questions(Subjects(world, PassScope()))
        with timed(taken, "look up the registry"):
            answers = fetch_answers(questions, registries.resolver, registries.connections)
        with timed(taken, "read who requested it"):
            subjects = observe(repo, world, PassScope(), registries, answers)
        with timed(taken, "plan"):
            planned = plan_pass(subjects, app.clock.now())
        with timed(taken, "commits"):
            composed = compose(planned, world.spec.config.commit, app.installation.identity, passes=True)
            ids = repo.build(head, composed.drafts, app.installation.identity, app.clock.now())
        with timed(taken, "move the branch"):
            if ids:
                repo.publish_local("main", head, ids[-1], tip=ids[-1])
    return taken


@contextmanager
def timed(taken: dict[str, float], part: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    taken[part] = time.perf_counter() - start


def repository(address: str, tags: int, folder: Path) -> None:
    """Write a repository whose streams have ten scheduled tags each."""
    folder.mkdir(parents=True)
    git = runner(folder)
    git("init", "--quiet", "--initial-branch=main", ".")
    (folder / "reconciler.yaml").write_text("apiVersion: reconciler/v1alpha1\nkind: Config\n")
    for first in range(0, tags, TAGS_A_STREAM):
        stream = folder / f"imagestreams/team-{first // 1000}/app{first}.yaml"
        stream.parent.mkdir(parents=True, exist_ok=True)
        stream.write_text(declared(address, first, min(first + TAGS_A_STREAM, tags)))
    git("add", ".")
    git("commit", "--quiet", "-m", "Declare")


def declared(address: str, first: int, end: int) -> str:
    lines = ["apiVersion: image.openshift.io/v1", "kind: ImageStream", "metadata:", f"  name: app{first}"]
    lines += [f"  namespace: team-{first // 1000}", "spec:", "  tags:"]
    for number in range(first, end):
        source, tag = name(number)
        lines += [f"  - name: v{number}", "    from:", "      kind: DockerImage"]
        lines += [f"      name: {address}/{source}:{tag}", "    importPolicy:", "      scheduled: true"]
    return "\n".join(lines) + "\n"


def runner(folder: Path) -> Callable[..., None]:
    identity = [word for key, value in IDENTITY.items() for word in ("-c", f"user.{key.lower()}={value}")]

    def git(*arguments: str) -> None:
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)

    return git


if __name__ == "__main__":
    main()
