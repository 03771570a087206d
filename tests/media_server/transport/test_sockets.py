"""Sockets of both families, and the one form in which an address is known."""

from __future__ import annotations

import errno
import socket

import pytest

from media_server.transport.endpoint import bind_udp
from media_server.transport.sockets import as_known, as_mapped, bound_socket

each_family = pytest.mark.parametrize("host", ["127.0.0.1", "::1"])


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:0:1", "::ffff:0:1"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_an_address_has_one_form(said: str, known: str) -> None:
    assert as_known(said) == known


@pytest.mark.parametrize(("known", "mapped"), [("192.0.2.1", "::ffff:192.0.2.1"), ("2001:db8::1", "2001:db8::1")])
def test_a_socket_of_both_families_is_told_ipv4_as_ipv6(known: str, mapped: str) -> None:
    assert as_mapped(known) == mapped
    assert as_known(mapped) == known


@each_family
def test_everything_is_both_families_on_one_port(host: str) -> None:
    with bind_udp("::", 0) as sock, bind_udp(host, 0) as peer:
        peer.sendto(b"hello", (host, sock.getsockname()[1]))
        sock.setblocking(True)
        sock.settimeout(2)
        datagram, source = sock.recvfrom(10)
        assert (datagram, as_known(source[0])) == (b"hello", host)


def test_a_machine_without_ipv6_has_everything_of_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    make = socket.socket

    def without_ipv6(family: int, kind: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return make(family, kind)

    monkeypatch.setattr("media_server.transport.sockets.socket.socket", without_ipv6)
    with bound_socket(socket.SOCK_DGRAM, "::", 0) as sock:
        assert (sock.family, sock.getsockname()[0]) == (socket.AF_INET, "0.0.0.0")  # noqa: S104


@pytest.mark.parametrize("host", ["::", "127.0.0.1"])
def test_a_port_that_is_taken_is_an_error_and_not_a_machine_without_ipv6(host: str) -> None:
    with bind_udp(host, 0) as sock, pytest.raises(OSError, match="in use"):
        bind_udp(host, sock.getsockname()[1])
