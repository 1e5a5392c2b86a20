# The image of `imagestream run`, and of every other command. docs/operations.md says how to build, pin and run it.
#
#   docker build -t imagestream-reconciler .        (podman build --format docker, or buildah bud --format docker)
#
# The base needs Python 3.11 or newer with venv, and apt. Pin it by digest for reproducible builds.
ARG BASE=docker.io/library/python:3.11-slim-bookworm

FROM ${BASE} AS build
# A wheel of this tree, with the versions that the tests ran with, in an environment that is copied as a whole.
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /source
COPY constraints.txt ./
RUN python3 -m venv /opt/imagestream && /opt/imagestream/bin/pip install -q -c constraints.txt pip
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY examples examples
COPY reconciler reconciler
# Optional dependencies: --build-arg EXTRAS=apprise
ARG EXTRAS=""
RUN /opt/imagestream/bin/pip wheel -q --no-deps --build-constraint constraints.txt -w /dist . \
 && /opt/imagestream/bin/pip install -q --only-binary :all: -c constraints.txt "$(echo /dist/*.whl)${EXTRAS:+[$EXTRAS]}" \
 && /opt/imagestream/bin/pip uninstall -q -y pip setuptools

FROM ${BASE}
# tini is PID 1: git starts programs of its own, and a process that waits for no other children has to reap what they leave
# behind (docs/decisions/0022-the-image.md).
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      ca-certificates git openssh-client openssl tini >/dev/null \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb /var/log/apt /var/log/dpkg.log
# The user has a name, because ssh refuses to run for a user without one. A cluster may choose another user in group 0, which
# may write to the same folders. A mounted repository may belong to any user: the operator who mounts it trusts it.
RUN useradd --uid 10001 --gid 0 --no-create-home --home-dir /home/imagestream --shell /usr/sbin/nologin imagestream \
 && install -d -o 10001 -g 0 -m 0770 /home/imagestream \
 && install -d -o 10001 -g 0 -m 2770 /data \
 && git config --system --add safe.directory '*'
COPY --from=build /opt/imagestream /opt/imagestream

# The only folders that are written: the mirror, and files that git reads once. The root file system may be read-only.
VOLUME ["/data", "/tmp"]
USER 10001:0
WORKDIR /data
ENV PATH=/opt/imagestream/bin:$PATH \
    HOME=/home/imagestream \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    IMAGESTREAM_RUN_DATA=/data/mirror \
    IMAGESTREAM_RUN_LISTEN=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
  CMD ["python3", "-m", "reconciler.server.http.probe"]
# -s: it reaps also where it is not PID 1, as with a pod's shared process namespace.
ENTRYPOINT ["tini", "-s", "--", "imagestream"]
CMD ["run"]

# At the end, so that another revision changes no other layer.
ARG BASE
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="imagestream-reconciler" \
      org.opencontainers.image.description="OpenShift image streams for everyone with a git repository and a container registry." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${BASE}"
