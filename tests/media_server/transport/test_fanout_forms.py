"""Both forms of the fan-out do the same; which of them is used is found out by trying."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

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
    abs_send_time,
)
from media_server.rtp.leg import MediaPacket, continued
from media_server.rtp.leg_list import LegList
from media_server.rtp.packet import RtpPacket
from media_server.rtp.send_history import SendHistory
from media_server.transport.endpoint import bind_udp
from media_server.transport.fanout import FanOutUnavailable, PlainFanOut, choose_fan_out, sealing
from media_server.transport.fanout.compiled import COMPILED_OF, compile_forward, digest_of_sources
from media_server.transport.fanout.kernel import KernelFanOut
from media_server.transport.fanout.libcrypto import Libcrypto, LibcryptoMissing
from media_server.transport.fanout.plain import microseconds
from media_server.transport.srtp import PROFILES
from tests.media_server.transport.fanout_wire import FILLER, LEGS, NOW, Numbers, Wire, new_leg, peer_of

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


def made_packets(shapes: list[Shape], first: int) -> list[MediaPacket]:
    return [
        MediaPacket(first + n, of.timestamp, of.marker, FILLER[: of.size], False, of.said, of.picture_id_at, of.tl0_at)
        for n, of in enumerate(shapes)
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
    batch = made_packets(shapes, first)
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


@given(
    of=numbers,
    # No longer with its block than libsrtp's buffer here.
    shapes=st.lists(shapes_of_packets.map(lambda shape: shape._replace(size=min(shape.size, 1200))), max_size=12),
    # libsrtp takes a stream for new whose first sequence number is in the lower half (RFC 3711 §3.3.1).
    first=st.integers(0, 32_000),
    agreed=agreements,
    form=st.sampled_from(["plain", "kernel"]),
)
def test_a_peer_opens_and_reads_what_was_made_for_it(
    wire: Wire, of: Numbers, shapes: list[Shape], first: int, agreed: ExtensionMap, form: str
) -> None:
    batch, of = made_packets(shapes, 0), of._replace(index_offset=first)
    leg, peer = new_leg(of, wire.address(0), 1, agreed, SendHistory()), peer_of(of, 1)
    getattr(wire, form)[True].forward([leg], batch)
    ids = dict(agreed.ids)
    own = {MID: agreed.mid, ABS_SEND_TIME: abs_send_time(NOW)}
    for n, packet in enumerate(batch):
        opened = RtpPacket.parse(peer.open_rtp(wire.received(0, 1)[0]))
        said = own | {TRANSPORT_CC: n.to_bytes(2, "big")} | {u: v for u, v in packet.extensions.items() if v}
        assert opened == RtpPacket(
            payload_type=of.payload_type,
            sequence_number=(n + first) & 0xFFFF,
            timestamp=(packet.timestamp + of.timestamp_offset) & 0xFFFFFFFF,
            ssrc=of.ssrc,
            marker=packet.marker,
            payload=continued(packet, picture_id_offset=of.picture_id_offset, tl0_offset=of.tl0_offset),
            extensions={
                ids[uri]: value for uri, value in said.items() if uri in ids and (agreed.may_mix or len(value) <= 16)
            },
        )


def noted(history: SendHistory) -> list[int]:
    """The sizes of what was sent. It was sent by a clock that runs on from NOW, or stands there."""
    sent = [found for number in range(history.next_number) if (found := history.sent(number)) is not None]
    assert len(sent) == history.next_number
    times = [microseconds(NOW), *(time_us for time_us, _ in sent)]
    assert times == sorted(times)
    return [size for _, size in sent]


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


def test_machine_code_of_other_sources_is_not_taken_from_the_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert COMPILED_OF.names == (digest_of_sources(),)
    changed = tmp_path / "sealing.py"
    assert sealing.__file__ is not None
    changed.write_text(Path(sealing.__file__).read_text() + "\n")
    monkeypatch.setattr(sealing, "__file__", str(changed))
    assert COMPILED_OF.names != (digest_of_sources(),)
