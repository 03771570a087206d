"""The fan-out at real sockets: what arrives opens with libsrtp, however the kernel was asked to send it."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtp.leg import MediaPacket, RtpLeg
from media_server.rtp.packet import RtpPacket
from media_server.transport.endpoint import bind_udp
from media_server.transport.fanout import PlainFanOut, kernel_has_gso, rewritten, split_runs
from media_server.transport.fanout.kernel import KernelFanOut
from media_server.transport.srtp import PROFILES, SrtpKeys, SrtpProfile, SrtpSession

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

    def __init__(self, profile: SrtpProfile, seed: int) -> None:
        material = random.Random(seed).randbytes(2 * (profile.key_bytes + profile.salt_bytes))  # noqa: S311
        server = SrtpSession(SrtpKeys.from_exported(profile, material, is_client=False))
        self.session = SrtpSession(SrtpKeys.from_exported(profile, material, is_client=True))
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(2.0)
        self.leg = RtpLeg(
            ssrc=0xFFFF_0000 + seed,
            payload_type=100 + seed,
            cipher=server.gcm,
            seal=server.seal_rtp,
            address=self.socket.getsockname(),
        )
        self.leg.index_offset = 1000 * seed + 20_000
        self.leg.timestamp_offset = 0x8000_0000 + seed

    def opened(self, count: int) -> list[RtpPacket]:
        return [RtpPacket.parse(self.session.open_rtp(self.socket.recv(2048))) for _ in range(count)]


@contextmanager
def receivers(profile: SrtpProfile, count: int) -> Iterator[list[Receiver]]:
    made = [Receiver(profile, seed) for seed in range(1, count + 1)]
    try:
        yield made
    finally:
        for receiver in made:
            receiver.socket.close()


@pytest.fixture(params=[PlainFanOut, KernelFanOut], ids=["plain", "kernel"])
def fan_out(request: pytest.FixtureRequest) -> FanOutMaker:
    """Makes a fan-out of each form, on a socket of its own."""

    @contextmanager
    def make(*, use_gso: bool) -> Iterator[PlainFanOut | KernelFanOut]:
        with bind_udp("127.0.0.1", 0) as sock:
            yield request.param(sock, use_gso=use_gso)

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


def test_what_libsrtp_cannot_seal_is_counted_and_the_next_packet_goes_out(fan_out: FanOutMaker) -> None:
    with receivers(PROFILES[2], 1) as (viewer,), fan_out(use_gso=True) as fan:
        fan.forward([viewer.leg], packets([1390, 100], first=9000))
        assert len(viewer.opened(1)[0].payload) == 100
        assert fan.counters.packets_refused == 1


def test_a_packet_sent_again_is_the_same_bytes(fan_out: FanOutMaker) -> None:
    with receivers(PROFILES[0], 1) as (viewer,), fan_out(use_gso=True) as fan:
        batch = packets([700], first=9000)
        fan.forward([viewer.leg], batch)
        fan.forward([viewer.leg], batch)
        assert viewer.socket.recv(2048) == viewer.socket.recv(2048)


def test_nothing_to_send_sends_nothing(fan_out: FanOutMaker) -> None:
    with receivers(PROFILES[0], 1) as (viewer,), fan_out(use_gso=True) as fan:
        fan.forward([viewer.leg], [])
        fan.forward([], packets([10], first=1))
        assert fan.counters.packets_sent == 0


def test_this_kernel_segments_udp() -> None:
    assert kernel_has_gso() is True


def test_a_rewritten_packet_keeps_its_payload_and_marker() -> None:
    with receivers(PROFILES[0], 1) as (viewer,):
        packet = MediaPacket(70_000, 1, True, b"abc")
        parsed = RtpPacket.parse(rewritten(viewer.leg, packet))
        assert (parsed.payload, parsed.marker) == (b"abc", True)
        assert parsed.sequence_number == (70_000 + viewer.leg.index_offset) & 0xFFFF
