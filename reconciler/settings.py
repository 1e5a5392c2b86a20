"""Settings: fixed names, and the numbers that limit foreign input.

The branch cannot change them, so that a person who can merge cannot raise a limit.
"""

from __future__ import annotations

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB

# Documents. etcd limits objects of OpenShift to 1.5 MiB; the largest known stream has 0.3 MiB.
MAX_FILE_BYTES: Final = 2 * MIB
MAX_EXPORT_BYTES: Final = 128 * MIB  # all streams of a cluster, read object by object
MAX_ANNOTATION_BYTES: Final = 256 * KIB  # all annotations of an object together (Kubernetes)
MAX_YAML_DEPTH: Final = 100
MAX_FINDINGS: Final = 1_000  # of one file
MAX_YAML_NODES: Final = 200_000
MAX_YAML_ALIASES: Final = 1_000
MAX_YAML_DOCUMENTS: Final = 10_000
MAX_MARKER: Final = 1_000  # characters of a comment that is a marker
MAX_YAML_TAG: Final = 1_000  # characters of a tag, or of its prefix in %TAG

# Registries. 4 MiB is the limit for a manifest in the reference implementation (distribution).
MAX_MANIFEST_BYTES: Final = 4 * MIB
MAX_CONFIG_BLOB_BYTES: Final = 8 * MIB
MAX_TOKEN_BYTES: Final = 1 * MIB
MAX_TAG_PAGE_BYTES: Final = 16 * MIB  # Docker Hub sends all tags of a repository at once
MAX_TAG_PAGES: Final = 1_000
MAX_TAGS: Final = 100_000  # of one repository
MAX_LIST_SECONDS: Final = 300.0  # seconds for all pages of one list together
CONNECT_TIMEOUT: Final = 10.0  # seconds, for TCP and TLS together
READ_TIMEOUT: Final = 20.0  # seconds between two pieces of an answer
REQUEST_TIMEOUT: Final = 60.0  # seconds for one whole answer
PATIENCE: Final = 5.0  # seconds without an answer before the loop of `run` goes on without the missing ones
MAX_RETRY_AFTER: Final = 30.0  # seconds; a registry with a longer Retry-After gets no request until the next pass
REGISTRY_TRIES: Final = 3
REGISTRY_CONNECTIONS: Final = 8  # connections per host, unless the installation states another number
MAX_REDIRECTS: Final = 5
HELPER_TIMEOUT: Final = 15.0  # seconds for a credential helper; some have to unlock a store or call a server
MAX_HELPER_BYTES: Final = 64 * KIB

# Sinks. Each has one request at a time, so a sink that hangs delays only itself.
SINK_CONNECT_TIMEOUT: Final = 5.0  # seconds, for TCP and TLS together
SINK_READ_TIMEOUT: Final = 10.0  # seconds between two pieces of an answer
SINK_TIMEOUT: Final = 10.0  # seconds for one whole answer
SINK_MAX_PAUSE: Final = 3600.0  # seconds that a sink may ask to wait
MAX_SINK_ANSWER_BYTES: Final = 1 * MIB

# Git.
GIT_TIMEOUT: Final = 120.0  # seconds for one command that talks to a remote
FIRST_FETCH_TIMEOUT: Final = 1800.0  # seconds for the first fetch, of the whole history
PUSH_TRIES: Final = 10
MAX_PATHS: Final = (
    300_000  # entries of one tree, or changed by one commit; the largest public repositories have that many
)
MAX_PATHS_BYTES: Final = 64 * MIB  # of their names together
MAX_PATH_BYTES: Final = 4096  # of one path; operating systems do not open a longer one
MAX_PATH_DEPTH: Final = 100  # folders above a file; git does not limit them

HISTORY_LIMIT: Final = 20
CONFIG_FILE: Final = "reconciler.yaml"
HISTORY_DIR: Final = "history"
HOLDS_DIR: Final = "holds"
API_VERSION: Final = "reconciler/v1alpha1"
TIP_PREFIX: Final = "refs/imagestream/tip/"
SINKS_PREFIX: Final = "refs/imagestream/sinks/"
