"""The probe of the container image's health check, against the real server."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from reconciler.server.http.probe import VARIABLE, probe
from tests.server.conftest import Site


def test_a_working_process_passes_the_probe(site: Site) -> None:
    assert probe({VARIABLE: site.address}) is None


@pytest.mark.parametrize("everywhere", ["", "0.0.0.0"])  # noqa: S104 - nothing is bound
def test_a_listener_on_all_addresses_is_probed_on_loopback(site: Site, everywhere: str) -> None:
    assert probe({VARIABLE: f"{everywhere}:{site.address.partition(':')[2]}"}) is None


def test_a_stuck_process_fails_the_probe(site: Site) -> None:
    site.alive = False
    assert probe({VARIABLE: site.address}) == f"{site.address} answers /healthz with 503."


def test_the_exit_code_of_the_program_is_the_answer(site: Site) -> None:
    command = [sys.executable, "-m", "reconciler.server.http.probe"]
    done = subprocess.run(command, env={VARIABLE: site.address}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    site.alive = False
    done = subprocess.run(command, env={VARIABLE: site.address}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, f"{site.address} answers /healthz with 503.\n")


def test_a_closed_port_fails_the_probe() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        assert probe({VARIABLE: address}) == f"{address} does not answer: [Errno 111] Connection refused."


@pytest.mark.parametrize("port", ["0", "99999"])
def test_an_impossible_port_fails_the_probe(port: str) -> None:
    assert str(probe({VARIABLE: f"127.0.0.1:{port}"})).startswith(f"127.0.0.1:{port} does not answer: ")


@pytest.mark.parametrize("environ", [{}, {VARIABLE: "8080"}, {VARIABLE: "http://127.0.0.1:8080"}])
def test_a_missing_address_is_an_error(environ: dict[str, str]) -> None:
    said = "IMAGESTREAM_RUN_LISTEN is not HOST:PORT, so no probe is possible. Set it instead of giving --listen."
    assert probe(environ) == said
