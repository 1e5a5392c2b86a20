"""A process for tests to kill: it opens a repository, prints that, then publishes the commit that it reads."""

from __future__ import annotations

import sys
from pathlib import Path

from reconciler.gitstore import Repository

if __name__ == "__main__":
    repository = Repository.discover(Path(sys.argv[1]))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    repository.publish_local("main", sys.argv[2], sys.argv[3], tip=sys.argv[3])
