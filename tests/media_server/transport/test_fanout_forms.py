"""Both forms of the fan-out do the same, and the compiled one keeps nothing of legs that have gone."""

from __future__ import annotations

import gc
import random
import socket
from collections.abc import Callable, Iterator
from typing import NamedTuple

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba.core.caching import CacheImpl

from media_server.rtp.extensions import (
    ABS_SEND_TIME,
    MID,
    NONE_AGREED,
    PASSED_ON,
    TRANSPORT_CC,
    ExtensionMap,
)
from media_server.rtp.leg import Address, MediaPacket, RtpLeg
from media_server.rtp.leg_list import LegList
from media_server.rtp.send_history import SendHistory
from media_server.transport.endpoint import bind_udp
from media_server.transport.fanout import FanOutUnavailable, PlainFanOut, choose_fan_out
from media_server.transport.fanout.compiled import compile_forward
from media_server.transport.fanout.kernel import WORTH_COMPILED, KernelFanOut
from media_server.transport.fanout.libcrypto import Libcrypto, LibcryptoMissing
from media_server.transport.srtp import PROFILES, SrtpKeys, SrtpSession

# A VP8 picture id of 15 bits could be at 2, one of 7 bits at 4.
FILLER = b"\x90\x80\xff\xfe\x7f" + random.Random(5).randbytes(1395)  # noqa: S311
LEGS = 3
CHURNED_LEGS = 10_000
CHURN_BYTES = 2 << 20
NOW = 1_234_567.891


class Numbers(NamedTuple):
    """What differs from leg to leg."""

    profile: int
    ssrc: int
    payload_type: int
    index_offset: int
    timestamp_offset: int
    picture_id_offset: int = 0
    tl0_offset: int = 0


numbers = st.builds(
    Numbers,
    st.integers(0, len(PROFILES) - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 127),
    # The sequence number wraps, and with it the rollover counter turns, within many of these batches.
    st.one_of(st.integers(0, 2**40), st.sampled_from([65_530, 2**32 - 5])),
    st.integers(0, 2**32 - 1),
    st.sampled_from([0, 1, 77, -3, 0x7FFF, -0x8000]),
    st.sampled_from([0, 1, 200, -255]),
)


class Shape(NamedTuple):
    """What differs from packet to packet."""

    size: int
    timestamp: int
    marker: bool
    said: dict[str, bytes]
    picture_id_at: int = 0
    tl0_at: int = 0


shapes_of_packets = st.builds(
    Shape,
    st.one_of(st.integers(8, 1400), st.sampled_from([1150, 200])),
    st.integers(0, 2**32 - 1),
    st.booleans(),
    st.one_of(st.just({}), st.dictionaries(st.sampled_from(PASSED_ON), st.binary(max_size=20), max_size=3)),
    st.sampled_from([0, 2, 4]),
    st.sampled_from([0, 5, 6]),
)
agreements = st.one_of(
    st.just(NONE_AGREED),
    st.builds(
        lambda uris, first, may_mix: ExtensionMap(
            tuple((uri, first * (100 if may_mix else 1) + n) for n, uri in enumerate(uris)), mid=b"0", may_mix=may_mix
        ),
        st.lists(st.sampled_from([MID, ABS_SEND_TIME, TRANSPORT_CC, *PASSED_ON]), unique=True),
        st.integers(1, 2),
        st.booleans(),
    ),
)


def new_leg(
    of: Numbers,
    address: Address,
    seed: int = 0,
    agreed: ExtensionMap = NONE_AGREED,
    history: SendHistory | None = None,
) -> RtpLeg:
    profile = PROFILES[of.profile]
    material = random.Random(seed).randbytes(2 * (profile.key_bytes + profile.salt_bytes))  # noqa: S311
    session = SrtpSession(SrtpKeys.from_exported(profile, material, is_client=False))
    leg = RtpLeg(
        ssrc=of.ssrc,
        payload_type=of.payload_type,
        cipher=session.rtp_cipher,
        address=address,
        extensions=agreed,
        history=history if agreed.id_of(TRANSPORT_CC) else None,
    )
    leg.index_offset, leg.timestamp_offset = of.index_offset, of.timestamp_offset
    leg.picture_id_offset, leg.tl0_offset = of.picture_id_offset, of.tl0_offset
    return leg


SOME = Numbers(0, 7, 96, 1000, 5)


class Wire:
    """Sockets for legs to arrive at, first those of IPv4; both forms, on IPv4 sockets and on those of both families."""

    def __init__(self) -> None:
        self.receivers = [bind_udp(host, 0) for host in ("127.0.0.1", "::1") for _ in range(LEGS)]
        for receiver in self.receivers:
            receiver.settimeout(2.0)
        self.senders: list[socket.socket] = []
        self.plain = {use_gso: self._plain(use_gso, "127.0.0.1") for use_gso in (False, True)}
        self.kernel = {use_gso: self._kernel(use_gso, "127.0.0.1") for use_gso in (False, True)}
        self.dual_plain = {use_gso: self._plain(use_gso, "::") for use_gso in (False, True)}
        self.dual_kernel = {use_gso: self._kernel(use_gso, "::") for use_gso in (False, True)}

    def _plain(self, use_gso: bool, host: str) -> PlainFanOut:
        return PlainFanOut(self._sender(host), use_gso=use_gso, clock=lambda: NOW)

    def _kernel(self, use_gso: bool, host: str) -> KernelFanOut:
        return KernelFanOut(self._sender(host), use_gso=use_gso, clock=lambda: NOW, worth_compiled=0)

    def _sender(self, host: str) -> socket.socket:
        self.senders.append(bind_udp(host, 0))
        return self.senders[-1]

    def address(self, place: int) -> Address:
        host, port = self.receivers[place].getsockname()[:2]
        return host, port

    def received(self, place: int, count: int) -> list[bytes]:
        return [self.receivers[place].recv(2048) for _ in range(count)]

    def is_silent(self, place: int) -> bool:
        """Loopback delivers within the send, so what has not arrived was not sent."""
        receiver = self.receivers[place]
        receiver.setblocking(False)
        try:
            receiver.recv(2048)
        except BlockingIOError:
            return True
        finally:
            receiver.settimeout(2.0)
        return False

    def close(self) -> None:
        for sock in (*self.receivers, *self.senders):
            sock.close()


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.close()


def packets(shapes: list[tuple[int, int, bool]], *, first: int = 0) -> list[MediaPacket]:
    return [
        MediaPacket(first + n, timestamp, marker, FILLER[:size]) for n, (size, timestamp, marker) in enumerate(shapes)
    ]


@given(
    legs=st.lists(numbers, min_size=1, max_size=LEGS),
    shapes=st.lists(shapes_of_packets, max_size=40),
    first=st.one_of(st.integers(0, 2**40), st.sampled_from([65_530, 2**32 - 9])),
    agreed=agreements,
    use_gso=st.booleans(),
    family=st.sampled_from(["IPv4", "IPv4 of both", "IPv6"]),
)
def test_both_forms_send_the_same_bytes_and_note_the_same(
    wire: Wire,
    legs: list[Numbers],
    shapes: list[Shape],
    first: int,
    agreed: ExtensionMap,
    use_gso: bool,
    family: str,
) -> None:
    batch = [
        MediaPacket(first + n, of.timestamp, of.marker, FILLER[: of.size], False, of.said, of.picture_id_at, of.tl0_at)
        for n, of in enumerate(shapes)
    ]
    plain, kernel = (wire.plain, wire.kernel) if family == "IPv4" else (wire.dual_plain, wire.dual_kernel)
    places = range(LEGS, LEGS + len(legs)) if family == "IPv6" else range(len(legs))
    seen = []
    for form in (plain[use_gso], kernel[use_gso]):
        # The first two legs are of one transport.
        histories = [shared := SendHistory(), shared, SendHistory()]
        made = [
            new_leg(of, wire.address(place), seed=place, agreed=agreed, history=history)
            for of, place, history in zip(legs, places, histories, strict=False)
        ]
        form.forward(LegList(made), batch)
        datagrams = [wire.received(place, len(batch)) for place in places]
        seen.append((datagrams, [(leg.packets_sent, leg.octets_sent) for leg in made], list(map(noted, histories))))
    assert seen[0] == seen[1]


def noted(history: SendHistory) -> list[tuple[int, int] | None]:
    return [history.sent(number) for number in range(history.next_number + 1)]


def test_more_viewers_than_one_hand_over_carries_all_get_their_packets(wire: Wire) -> None:
    # 9 × 1,178 bytes a viewer: the buffer is full after 24 of them, the table of messages would be after 64.
    legs = [new_leg(SOME._replace(ssrc=n), wire.address(n % LEGS), seed=n) for n in range(150)]
    kernel, received = wire.kernel[True], []
    before = kernel.counters.packets_sent
    for n in range(0, 150, 30):
        kernel.forward(LegList(legs[n : n + 30]), packets([(1150, 0, False)] * 9))
        received += [datagram for place in range(LEGS) for datagram in wire.received(place, 90)]
    assert kernel.counters.packets_sent - before == 150 * 9
    assert sorted(int.from_bytes(d[8:12], "big") for d in received) == sorted(list(range(150)) * 9)


def test_a_leg_that_was_removed_is_sent_nothing_and_the_others_go_on(wire: Wire) -> None:
    legs = [new_leg(SOME._replace(ssrc=n), wire.address(n), seed=n) for n in range(LEGS)]
    live = LegList(legs)
    one = packets([(100, 0, True)])
    wire.kernel[True].forward(live, one)
    assert [len(wire.received(place, 1)) for place in range(LEGS)] == [1, 1, 1]
    live.discard(legs[0])
    wire.kernel[True].forward(live, one)
    assert wire.is_silent(0)
    assert [leg.packets_sent for leg in legs] == [1, 2, 2]
    assert wire.received(1, 1)
    assert wire.received(2, 1)


def test_a_leg_that_moved_is_sent_to_its_new_address(wire: Wire) -> None:
    leg = new_leg(SOME, wire.address(0))
    live, one = LegList([leg]), packets([(100, 0, True)])
    wire.kernel[True].forward(live, one)
    assert wire.received(0, 1)
    leg.address = wire.address(1)
    wire.kernel[True].forward(live, one)
    assert wire.received(1, 1)
    assert wire.is_silent(0)


def test_legs_of_one_cipher_share_a_context_that_goes_with_the_last_of_them(wire: Wire) -> None:
    kernel = wire.kernel[False]
    gc.collect()
    before = kernel.context_count
    first = new_leg(SOME, wire.address(0))
    second = RtpLeg(ssrc=8, payload_type=97, cipher=first.cipher, address=wire.address(0))
    kernel.forward([first, second], packets([(10, 0, False)]))
    assert wire.received(0, 2)
    assert first.context == second.context != 0
    assert kernel.context_count == before + 1
    del first
    assert kernel.context_count == before + 1
    kernel.forward([second], packets([(10, 0, False)]))
    assert wire.received(0, 1)
    del second
    assert kernel.context_count == before


def test_ten_thousand_legs_that_came_and_went_leave_no_memory_behind(wire: Wire) -> None:
    kernel, one = wire.kernel[False], packets([(10, 0, False)])
    process = psutil.Process()

    def churn(count: int) -> None:
        for n in range(count):
            live = LegList()
            leg = new_leg(SOME, wire.address(0), seed=n)
            live.add(leg)
            kernel.forward(live, one)
            wire.received(0, 1)
            live.discard(leg)

    churn(CHURNED_LEGS // 10)
    before = process.memory_info().rss
    churn(CHURNED_LEGS)
    assert kernel.context_count == 0
    assert process.memory_info().rss - before < CHURN_BYTES


def test_a_payload_that_fits_no_datagram_is_refused_before_anything_is_written(wire: Wire) -> None:
    leg = new_leg(SOME, wire.address(0))
    with pytest.raises(ValueError, match="does not fit"):
        wire.kernel[True].forward([leg], [MediaPacket(1, 1, True, bytes(65_000))])
    assert leg.packets_sent == 0


def test_an_ipv4_socket_sends_nothing_to_ipv6_and_counts_it(wire: Wire) -> None:
    for form in (wire.plain[True], wire.kernel[True]):
        sent, refused = form.counters.packets_sent, form.counters.packets_refused
        legs = [new_leg(SOME, wire.address(place)) for place in (LEGS, 0)]
        form.forward(legs, packets([(100, 0, True)] * 5))
        assert len(wire.received(0, 5)) == 5
        assert (form.counters.packets_sent - sent, form.counters.packets_refused - refused) == (5, 5)


def test_legs_of_different_agreements_are_refused_together(wire: Wire) -> None:
    legs = [new_leg(SOME, wire.address(0)), new_leg(SOME, wire.address(0), agreed=ExtensionMap(((MID, 1),), mid=b"0"))]
    for form in (wire.plain[True], wire.kernel[True]):
        with pytest.raises(ValueError, match="the same header extensions"):
            form.forward(legs, packets([(100, 0, True)]))


def test_what_the_socket_refuses_is_counted_and_not_tried_again(wire: Wire) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stuck:
        # A socket of another family refuses every message.
        kernel = KernelFanOut(stuck, use_gso=False, worth_compiled=0)
        kernel.forward([new_leg(SOME, wire.address(n), seed=n) for n in range(3)], packets([(9, 0, False)] * 50))
        assert (kernel.counters.packets_sent, kernel.counters.packets_refused) == (0, 150)


def test_refused_sends_do_not_hold_up_those_behind_them(wire: Wire) -> None:
    unreachable = ("127.0.0.1", 0)
    places = [unreachable, wire.address(0), unreachable, unreachable, wire.address(1), unreachable]
    kernel = wire.kernel[False]
    sent, refused = kernel.counters.packets_sent, kernel.counters.packets_refused
    kernel.forward([new_leg(SOME, address, seed=n) for n, address in enumerate(places)], packets([(9, 0, False)] * 5))
    assert (kernel.counters.packets_sent - sent, kernel.counters.packets_refused - refused) == (10, 20)
    assert len(wire.received(0, 5)) == len(wire.received(1, 5)) == 5


@pytest.mark.parametrize(("form", "made"), [("plain", PlainFanOut), ("kernel", KernelFanOut), ("auto", KernelFanOut)])
def test_the_form_is_the_one_that_was_asked_for(form: str, made: type) -> None:
    with bind_udp("127.0.0.1", 0) as sock:
        assert type(choose_fan_out(sock, use_gso=True, form=form)) is made  # type: ignore[arg-type]


def without_libcrypto(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media_server.transport.fanout.libcrypto._SONAMES", ("libcrypto.so.none",))


def with_a_cipher_that_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    original: Callable[[Libcrypto, bytes], int] = Libcrypto.new_context
    monkeypatch.setattr(Libcrypto, "new_context", lambda self, key: original(self, bytes(len(key))))


def with_a_mac_that_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    original: Callable[[Libcrypto, bytes], int] = Libcrypto.new_mac_context
    monkeypatch.setattr(Libcrypto, "new_mac_context", lambda self, key: original(self, bytes(len(key))))


@pytest.mark.parametrize("spoil", [without_libcrypto, with_a_cipher_that_differs, with_a_mac_that_differs])
def test_where_the_compiled_form_does_not_work_the_plain_one_is_used_unless_it_was_demanded(
    monkeypatch: pytest.MonkeyPatch, spoil: Callable[[pytest.MonkeyPatch], None]
) -> None:
    spoil(monkeypatch)
    with bind_udp("127.0.0.1", 0) as sock:
        assert type(choose_fan_out(sock, use_gso=True, form="auto")) is PlainFanOut
        with pytest.raises(FanOutUnavailable):
            choose_fan_out(sock, use_gso=True, form="kernel")


def test_a_machine_without_libcrypto_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    without_libcrypto(monkeypatch)
    with pytest.raises(LibcryptoMissing, match="none of"):
        Libcrypto()


def test_without_a_folder_to_cache_in_it_compiles_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CacheImpl, "_locator_classes", [])
    assert callable(compile_forward.__wrapped__())


def test_a_lone_datagram_is_sent_by_the_plain_form(wire: Wire) -> None:
    kernel = KernelFanOut(wire.senders[0], use_gso=False)
    leg = new_leg(SOME, wire.address(0))
    kernel.forward([leg], packets([(10, 0, False)]))
    assert wire.received(0, 1)
    assert (leg.context, kernel.counters.packets_sent) == (0, 1)
    kernel.forward([leg], packets([(10, 0, False)] * WORTH_COMPILED))
    assert len(wire.received(0, WORTH_COMPILED)) == WORTH_COMPILED
    assert leg.context != 0
