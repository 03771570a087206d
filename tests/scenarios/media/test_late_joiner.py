"""A viewer who joins in the middle of a group of pictures sees something at once."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from tests.benchmarks.dtls import DtlsIdentity
from tests.benchmarks.nrs import NrsLive
from tests.benchmarks.peer import Peer
from tests.benchmarks.pump import Pump
from tests.benchmarks.source import FRAMES_PER_S, NAL_STAP_A

LONG_GROUP = 3600 * FRAMES_PER_S
RTP_HEADER = 12


@pytest.mark.parametrize("frames_before", [1, 20, 50])
def test_a_late_joiner_starts_at_a_key_frame_that_the_source_did_not_make_for_it(
    worker: NrsLive, pump: Pump, frames_before: int
) -> None:
    identity = DtlsIdentity()
    worker.start_publishing(pump, identity, frames_per_group=LONG_GROUP, obeys=False)
    camera = pump.camera
    assert camera is not None
    pump.run_frames(frames_before)

    packets: list[bytes] = []
    ice, remote = worker.open_viewer(identity)
    viewer = Peer(identity, ice, remote, now=time.monotonic(), on_packet=packets.append)
    pump.add(viewer)
    # All that was published before it came, and then what is published now.
    assert pump.run_until(lambda: len(packets) > 0 and viewer.packets >= camera.packets - 18, timeout_s=10)

    assert camera.key_frames == 1
    assert viewer.receiver is not None
    first = viewer.receiver.unprotect(packets[0])
    assert first[RTP_HEADER] & 0x1F == NAL_STAP_A, "parameter sets, which stand before the key frame"
    sequence_numbers = [int.from_bytes(packet[2:4], "big") for packet in packets]
    assert all((b - a) & 0xFFFF == 1 for a, b in pairwise(sequence_numbers))
