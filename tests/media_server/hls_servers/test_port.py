"""A port that processes of one worker share, and nobody else."""

from __future__ import annotations

import errno
import socket

import pytest

from media_server.hls_servers.port import claim_port, shared_socket

HOSTS = ["127.0.0.1", "0.0.0.0", "::"]  # noqa: S104 - these are what is tested


@pytest.mark.parametrize("host", HOSTS)
def test_processes_listen_at_a_port_that_was_claimed(host: str) -> None:
    with claim_port(host, 0) as claim:
        at, port, *_ = claim.getsockname()
        with shared_socket(at, port) as one, shared_socket(at, port) as other:
            one.listen()
            other.listen()
            with socket.create_connection(("127.0.0.1", port), timeout=5):
                pass


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("is_served", [False, True])
def test_a_port_is_claimed_by_one_worker(host: str, is_served: bool) -> None:
    with claim_port(host, 0) as claim:
        at, port, *_ = claim.getsockname()
        with shared_socket(at, port) as served:
            if is_served:
                served.listen()
            with pytest.raises(OSError, match="in use") as taken:
                claim_port(host, port)
            assert taken.value.errno == errno.EADDRINUSE


def test_a_port_is_claimed_again_when_it_was_given_back_with_connections_that_ended_here() -> None:
    with claim_port("127.0.0.1", 0) as claim:
        port = claim.getsockname()[1]
        with shared_socket("127.0.0.1", port) as listening:
            listening.listen()
            with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
                listening.settimeout(5)
                taken, _ = listening.accept()
                # Who closes first is left in TIME_WAIT.
                taken.close()
                assert client.recv(1) == b""
    with claim_port("127.0.0.1", port) as again:
        assert again.getsockname()[1] == port
