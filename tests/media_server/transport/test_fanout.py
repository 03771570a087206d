"""The fan-out at real sockets: what arrives opens with libsrtp, however the kernel was asked to send it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtp.extensions import (
    ABS_CAPTURE_TIME,
    ABS_SEND_TIME,
    AUDIO_LEVEL,
    DEPENDENCY_DESCRIPTOR,
    MID,
    NONE_AGREED,
    TRANSPORT_CC,
    ExtensionMap,
)
from media_server.rtp.leg import Address, MediaPacket, RtpLeg
from media_server.rtp.packet import RtpPacket
from media_server.rtp.send_history import SendHistory
from media_server.transport.endpoint import bind_udp
from media_server.transport.fanout import PlainFanOut, kernel_has_gso, split_runs
from media_server.transport.fanout.blocks import render_blocks
from media_server.transport.fanout.kernel import KernelFanOut
from media_server.transport.srtp import PROFILES, SrtpKeys, SrtpProfile, SrtpSession

NOW = 70.5
AGREED = ExtensionMap(
    (
        (MID, 4),
        (ABS_SEND_TIME, 2),
        (TRANSPORT_CC, 3),
        (AUDIO_LEVEL, 1),
        (DEPENDENCY_DESCRIPTOR, 12),
        (ABS_CAPTURE_TIME, 5),
    ),
    mid=b"video",
    may_mix=True,
)
FanOutMaker = Callable[..., AbstractContextManager[PlainFanOut | KernelFanOut]]

each_profile = pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
gso_or_not = pytest.mark.parametrize("use_gso", [True, False], ids=["gso", "no-gso"])


@given(st.lists(st.one_of(st.integers(28, 1500), st.sampled_from([1178, 400])), max_size=300))
def test_runs_keep_the_order_and_each_is_fit_for_gso(sizes: list[int]) -> None:
    runs = split_runs(sizes)
    assert [index for start, end in runs for index in range(start, end)] == list(range(len(sizes)))
    for start, end in runs:
        run = sizes[start:end]
        assert len(run) <= 64
        assert sum(run) <= 65_000
        assert set(run[:-1]) <= {run[0]}
        assert run[-1] <= run[0]


def test_a_frame_of_equal_packets_and_a_smaller_last_one_is_one_run() -> None:
    assert split_runs([1178] * 9 + [300]) == [(0, 10)]
    assert split_runs([300] + [1178] * 9) == [(0, 1), (1, 10)]
    assert split_runs([100] * 65) == [(0, 64), (64, 65)]
    assert split_runs([]) == []


class Receiver:
    """A viewer's socket with its half of the keys."""

    def __init__(
        self, profile: SrtpProfile, seed: int, agreed: ExtensionMap = NONE_AGREED, host: str = "127.0.0.1"
    ) -> None:
        material = random.Random(seed).randbytes(2 * (profile.key_bytes + profile.salt_bytes))  # noqa: S311
        server = SrtpSession(SrtpKeys.from_exported(profile, material, is_client=False))
        self.session = SrtpSession(SrtpKeys.from_exported(profile, material, is_client=True))
        self.socket = bind_udp(host, 0)
        self.socket.settimeout(2.0)
        self.history = SendHistory() if agreed.id_of(TRANSPORT_CC) else None
        address: Address = self.socket.getsockname()[:2]
        self.leg = RtpLeg(
            ssrc=0xFFFF_0000 + seed,
            payload_type=100 + seed,
            cipher=server.rtp_cipher,
            address=address,
            extensions=agreed,
            history=self.history,
        )
        self.leg.index_offset = 1000 * seed + 20_000
        self.leg.timestamp_offset = 0x8000_0000 + seed

    def opened(self, count: int) -> list[RtpPacket]:
        return [RtpPacket.parse(self.session.open_rtp(self.socket.recv(2048))) for _ in range(count)]


@contextmanager
def receivers(
    profile: SrtpProfile, count: int, *, agreed: ExtensionMap = NONE_AGREED, host: str = "127.0.0.1"
) -> Iterator[list[Receiver]]:
    made = [Receiver(profile, seed, agreed, host) for seed in range(1, count + 1)]
    try:
        yield made
    finally:
        for receiver in made:
            receiver.socket.close()


@pytest.fixture(params=[PlainFanOut, KernelFanOut], ids=["plain", "kernel"])
def fan_out(request: pytest.FixtureRequest) -> FanOutMaker:
    """Makes a fan-out of each form, on a socket of its own."""

    @contextmanager
    def make(*, use_gso: bool, host: str = "127.0.0.1") -> Iterator[PlainFanOut | KernelFanOut]:
        with bind_udp(host, 0) as sock:
            yield request.param(sock, use_gso=use_gso, clock=lambda: NOW)

    return make


def packets(sizes: list[int], *, first: int) -> list[MediaPacket]:
    filler = random.Random(3).randbytes(1400)  # noqa: S311
    return [
        MediaPacket(first + n, (0xFFFF_FF00 + n * 90) & 0xFFFFFFFF, n == len(sizes) - 1, filler[:size])
        for n, size in enumerate(sizes)
    ]


@each_profile
@gso_or_not
@pytest.mark.parametrize("sizes", [[1150] * 9, [30, 1150, 1150, 700, 700, 0, 1200, 1], [200] * 130, [1]], ids=str)
def test_every_viewer_gets_every_packet_under_its_own_numbers(
    fan_out: FanOutMaker, profile: SrtpProfile, use_gso: bool, sizes: list[int]
) -> None:
    # The numbers of the last viewer wrap within the batch.
    batch = packets(sizes, first=65_536 - 23_000 - 4)
    with receivers(profile, 3) as viewers, fan_out(use_gso=use_gso) as fan:
        fan.forward([viewer.leg for viewer in viewers], batch)
        for viewer in viewers:
            leg = viewer.leg
            assert [
                (p.sequence_number, p.timestamp, p.marker, p.payload, p.ssrc, p.payload_type)
                for p in viewer.opened(len(sizes))
            ] == [
                (
                    (p.index + leg.index_offset) & 0xFFFF,
                    (p.timestamp + leg.timestamp_offset) & 0xFFFFFFFF,
                    p.marker,
                    p.payload,
                    leg.ssrc,
                    leg.payload_type,
                )
                for p in batch
            ]
            assert leg.packets_sent == len(sizes)
            assert leg.octets_sent == sum(sizes)
        assert fan.counters.packets_sent == 3 * len(sizes)


@each_profile
@gso_or_not
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_every_packet_carries_what_was_agreed_on(
    fan_out: FanOutMaker, profile: SrtpProfile, use_gso: bool, host: str
) -> None:
    structure = bytes(range(40))
    said = [{DEPENDENCY_DESCRIPTOR: structure}, {AUDIO_LEVEL: b"\x9f", "urn:of:no:interest": b"1"}, {}]
    batch = [MediaPacket(n, 0, False, bytes(700), extensions=said[min(n, 2)]) for n in range(5)]
    with receivers(profile, 2, agreed=AGREED, host=host) as viewers, fan_out(use_gso=use_gso, host="::") as fan:
        for round_ in range(2):
            fan.forward([viewer.leg for viewer in viewers], [replace(p, index=p.index + 5 * round_) for p in batch])
            for viewer in viewers:
                opened = viewer.opened(5)
                every = {4: b"video", 2: bytes.fromhex("1a0000")}
                assert [p.extensions for p in opened] == [
                    every | {3: (5 * round_ + n).to_bytes(2, "big")} | own
                    for n, own in enumerate([{12: structure}, {1: b"\x9f"}, {}, {}, {}])
                ]
                assert {bytes(p.payload) for p in opened} == {bytes(700)}
        for viewer in viewers:
            assert viewer.history is not None
            assert viewer.history.next_number == 10
            size = 12 + 20 + 700 + (16 if profile.is_gcm else 10)
            sent = [found for number in range(10) if (found := viewer.history.sent(number)) is not None]
            assert [found[1] for found in sent[2:5]] == [size] * 3
            assert all(time_us >= 70_500_000 for time_us, _ in sent)


@gso_or_not
def test_viewers_of_every_profile_share_one_batch(fan_out: FanOutMaker, use_gso: bool) -> None:
    mixed = [Receiver(profile, seed) for seed, profile in enumerate(PROFILES, 1)]
    batch = packets([900, 900, 100], first=5000)
    with fan_out(use_gso=use_gso) as fan:
        fan.forward([receiver.leg for receiver in mixed], batch)
        for receiver in mixed:
            assert [p.payload for p in receiver.opened(3)] == [p.payload for p in batch]
            receiver.socket.close()


@gso_or_not
def test_who_cannot_be_reached_is_counted_and_the_others_get_theirs(fan_out: FanOutMaker, use_gso: bool) -> None:
    with receivers(PROFILES[0], 2) as (near, far), fan_out(use_gso=use_gso) as fan:
        # Port 0 takes no datagrams: the kernel refuses at once.
        far.leg.address = ("127.0.0.1", 0)
        fan.forward([far.leg, near.leg], packets([500, 500], first=9000))
        assert len(near.opened(2)) == 2
        assert fan.counters.packets_refused == 2
        assert fan.counters.packets_sent == 2


@each_profile
@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("90 80 ff fe", "90 80 80 03"),
        ("90 e0 7e fd 20", "90 e0 03 07 20"),
        ("90 e0 81 00 ff 20 11", "90 e0 81 05 09 20 11"),
        ("90 40 10", "90 40 1a"),
    ],
)
def test_picture_ids_go_on_and_keep_their_width(
    fan_out: FanOutMaker, profile: SrtpProfile, head: str, expected: str
) -> None:
    flags = bytes.fromhex(head)[1]
    picture_id_at = 2 if flags & 0x80 else 0
    tl0_at = 0 if not flags & 0x40 else 2 if not flags & 0x80 else 4 if bytes.fromhex(head)[2] & 0x80 else 3
    bodies = [b"", bytes(5), bytes(12), bytes(1100)]
    batch = [
        MediaPacket(n, 0, False, bytes.fromhex(head) + body, picture_id_at=picture_id_at, tl0_at=tl0_at)
        for n, body in enumerate(bodies)
    ]
    with receivers(profile, 2) as (moved, same), fan_out(use_gso=True) as fan:
        moved.leg.picture_id_offset, moved.leg.tl0_offset = 5, 10
        fan.forward([moved.leg, same.leg], batch)
        assert [p.payload for p in moved.opened(4)] == [bytes.fromhex(expected) + body for body in bodies]
        assert [p.payload for p in same.opened(4)] == [p.payload for p in batch]


@pytest.mark.parametrize("said", [{AUDIO_LEVEL: b"\x01"}, {AUDIO_LEVEL: b"\x01", DEPENDENCY_DESCRIPTOR: bytes(8)}])
def test_a_run_whose_packets_say_a_little_more_is_still_one_send(said: dict[str, bytes]) -> None:
    batch = [MediaPacket(n, 0, False, bytes(1100), extensions=said if n in (0, 3) else {}) for n in range(6)]
    blocks = render_blocks(AGREED, [*batch, MediaPacket(6, 0, True, bytes(300))], now=NOW)
    assert len(split_runs([len(block) + 1100 for block in blocks[:6]] + [len(blocks[6]) + 300])) == 1
    parsed = [RtpPacket.parse(b"\x90" + bytes(11) + block).extensions for block in blocks]
    assert [AUDIO_LEVEL in said and 1 in extensions for extensions in parsed] == [n in (0, 3) for n in range(7)]
    assert all(
        extensions[3] == b"\0\0" and block[-2:] == b"\0\0" for extensions, block in zip(parsed, blocks, strict=True)
    )


def test_a_packet_that_says_much_more_is_not_worth_padding_the_others() -> None:
    said: list[dict[str, bytes]] = [
        {DEPENDENCY_DESCRIPTOR: bytes(90)},
        {},
        {AUDIO_LEVEL: b"\x01", ABS_CAPTURE_TIME: bytes(8)},
        {},
    ]
    batch = [MediaPacket(n, 0, False, bytes(900), extensions=of) for n, of in enumerate(said)]
    sizes = [len(block) for block in render_blocks(AGREED, batch, now=NOW)]
    assert sizes == [112, 28, 28, 28]


def test_a_packet_sent_again_is_the_same_bytes(fan_out: FanOutMaker) -> None:
    with receivers(PROFILES[0], 1) as (viewer,), fan_out(use_gso=True) as fan:
        batch = packets([700], first=9000)
        fan.forward([viewer.leg], batch)
        fan.forward([viewer.leg], batch)
        assert viewer.socket.recv(2048) == viewer.socket.recv(2048)


@each_profile
def test_a_packet_sent_again_alone_is_the_same_bytes_where_no_rtx_carries_it(
    fan_out: FanOutMaker, profile: SrtpProfile
) -> None:
    agreed = ExtensionMap(((MID, 4), (AUDIO_LEVEL, 1), (DEPENDENCY_DESCRIPTOR, 12)), mid=b"video")
    said: list[dict[str, bytes]] = [{DEPENDENCY_DESCRIPTOR: bytes(9)}, {}, {AUDIO_LEVEL: b"\x01"}]
    batch = [MediaPacket(9000 + n, 0, False, bytes(700), extensions=of) for n, of in enumerate(said)]
    with receivers(profile, 1, agreed=agreed) as (viewer,), fan_out(use_gso=True) as fan:
        fan.forward([viewer.leg, viewer.leg], batch)
        together = [viewer.socket.recv(2048) for _ in batch]
        for packet in batch:
            fan.forward([viewer.leg], [packet])
        assert [viewer.socket.recv(2048) for _ in batch] == together


def test_nothing_to_send_sends_nothing(fan_out: FanOutMaker) -> None:
    with receivers(PROFILES[0], 1) as (viewer,), fan_out(use_gso=True) as fan:
        fan.forward([viewer.leg], [])
        fan.forward([], packets([10], first=1))
        assert fan.counters.packets_sent == 0


def test_this_kernel_segments_udp() -> None:
    assert kernel_has_gso() is True
