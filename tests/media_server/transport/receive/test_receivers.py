"""Both forms of the receiver give the same datagrams and sources, from sockets of either family."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtp.leg import Address
from media_server.transport.receive import (
    BATCH,
    MAX_DATAGRAM_BYTES,
    ManyReceiver,
    Received,
    Receiver,
    SingleReceiver,
    choose_receiver,
)
from media_server.transport.receive.sources import Sources, of_python, of_sockaddr

FILLER = random.Random(3).randbytes(2000)  # noqa: S311
FORMS = (ManyReceiver, SingleReceiver)
each_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


FAMILY = {False: socket.AF_INET, True: socket.AF_INET6}


class Wire:
    """Three senders, and for each form a receiving socket of every kind that this machine has."""

    def __init__(self) -> None:
        self.senders = [bound("127.0.0.1"), bound("127.0.0.1"), bound("127.0.0.2")]
        self.sockets = [[bound("127.0.0.1") for _ in FORMS]]
        if has_ipv6():
            self.sockets.append([dual_stack() for _ in FORMS])
        self.receivers: list[tuple[Receiver, ...]] = [
            (ManyReceiver(first), SingleReceiver(second)) for first, second in self.sockets
        ]

    def close(self) -> None:
        for sock in [*self.senders, *(sock for row in self.sockets for sock in row)]:
            sock.close()


def bound(host: str) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
    sock.setblocking(False)
    sock.bind((host, 0))
    return sock


def dual_stack() -> socket.socket:
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
    sock.setblocking(False)
    sock.bind(("::", 0))
    return sock


LOOPBACKS: list[tuple[str, Callable[[], socket.socket]]] = [
    ("127.0.0.1", lambda: bound("127.0.0.1")),
    *([("127.0.0.1", dual_stack), ("::1", dual_stack)] if has_ipv6() else []),
]


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.close()


def everything(receiver: Receiver) -> list[Received]:
    received: list[Received] = []
    while batch := receiver.receive():
        received += batch
    return received


sizes = st.one_of(st.integers(0, 1700), st.sampled_from([0, MAX_DATAGRAM_BYTES, MAX_DATAGRAM_BYTES + 1]))


@given(sent=st.lists(st.tuples(st.integers(0, 2), sizes), max_size=12))
def test_both_forms_give_what_was_sent_in_order(wire: Wire, sent: list[tuple[int, int]]) -> None:
    for sockets, receivers in zip(wire.sockets, wire.receivers, strict=True):
        for sock, receiver in zip(sockets, receivers, strict=True):
            expected = []
            for sender, size in sent:
                wire.senders[sender].sendto(FILLER[:size], ("127.0.0.1", sock.getsockname()[1]))
                datagram = FILLER[:size] if size <= MAX_DATAGRAM_BYTES else b""
                expected.append((datagram, wire.senders[sender].getsockname()))
            assert everything(receiver) == expected


@each_form
def test_a_batch_is_full_while_more_waits(form: type[ManyReceiver | SingleReceiver]) -> None:
    with closing(bound("127.0.0.1")) as sock, closing(bound("127.0.0.1")) as sender:
        receiver = form(sock)
        for n in range(BATCH + 3):
            sender.sendto(bytes([n]), sock.getsockname())
        assert [datagram[0] for datagram, _ in receiver.receive()] == list(range(BATCH))
        assert [datagram[0] for datagram, _ in receiver.receive()] == list(range(BATCH, BATCH + 3))
        assert receiver.receive() == []


@each_form
def test_a_closed_socket_has_nothing(form: type[ManyReceiver | SingleReceiver]) -> None:
    sock = bound("127.0.0.1")
    receiver = form(sock)
    sock.close()
    assert receiver.receive() == []


@each_form
def test_an_error_of_an_earlier_send_takes_no_datagram_with_it(form: type[ManyReceiver | SingleReceiver]) -> None:
    with closing(bound("127.0.0.1")) as sock, closing(bound("127.0.0.1")) as sender, bound("127.0.0.1") as gone:
        nobody = gone.getsockname()
        gone.close()
        # IP_RECVERR: what ICMP says becomes an error of the socket, connected or not (ip(7)).
        sock.setsockopt(socket.IPPROTO_IP, 11, 1)
        receiver = form(sock)
        sock.sendto(b"to nobody", nobody)
        sender.sendto(b"after", sock.getsockname())
        assert everything(receiver) == [(b"after", sender.getsockname())]


@each_form
def test_sources_of_every_family_keep_their_form(form: type[ManyReceiver | SingleReceiver]) -> None:
    for host, make in LOOPBACKS:
        with closing(make()) as sock, closing(socket.socket(FAMILY[":" in host], socket.SOCK_DGRAM)) as sender:
            sender.bind((host, 0))
            port = sock.getsockname()[1]
            sender.sendto(b"hello", (host, port))
            assert form(sock).receive() == [(b"hello", (host, sender.getsockname()[1]))]


ipv4 = st.ip_addresses(v=4).map(str)
ipv6 = st.ip_addresses(v=6).map(str)
ports = st.integers(0, 65_535)


def sockaddr_in(host: str, port: int) -> bytes:
    return socket.AF_INET.to_bytes(2, "little") + port.to_bytes(2, "big") + socket.inet_aton(host) + bytes(20)


def sockaddr_in6(host: str, port: int, scope: int = 0) -> bytes:
    family = int(socket.AF_INET6).to_bytes(2, "little")
    return (
        family
        + port.to_bytes(2, "big")
        + bytes(4)
        + socket.inet_pton(socket.AF_INET6, host)
        + scope.to_bytes(4, "little")
    )


@given(host=ipv4, port=ports)
def test_an_ipv4_source_is_one_address_whatever_socket_it_came_to(host: str, port: int) -> None:
    forms: list[Address] = [
        of_sockaddr(sockaddr_in(host, port)),
        of_sockaddr(sockaddr_in6(f"::ffff:{host}", port)),
        of_python((host, port)),
        of_python((f"::ffff:{host}", port, 0, 0)),
    ]
    assert forms == [(host, port)] * 4


@given(host=ipv6, port=ports, scope=st.integers(0, 9))
def test_an_ipv6_source_is_one_address_in_either_form(host: str, port: int, scope: int) -> None:
    text = socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, host))
    shown = f"{text}%{scope}" if scope else text
    assert of_python((shown, port, 0, scope)) == of_sockaddr(sockaddr_in6(host, port, scope))


def test_sources_without_number_are_not_all_remembered() -> None:
    sources = Sources()
    for n in range(40_000):
        host = f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}"
        assert sources.of(sockaddr_in(host, 9)) == (host, 9)
    assert len(sources) <= 16_384


def test_here_the_many_are_chosen() -> None:
    with closing(bound("127.0.0.1")) as sock:
        assert isinstance(choose_receiver(sock), ManyReceiver)
