"""A packet that a viewer has lost is sent again when it asks, and no more often than that."""

from __future__ import annotations

import struct
import time

from tests.benchmarks.dtls import DtlsIdentity
from tests.benchmarks.nrs import NrsLive
from tests.benchmarks.peer import Peer
from tests.benchmarks.pump import Pump

GENERIC_NACK = 0x81
RTP_FEEDBACK = 205


def nack(media_ssrc: int, sequence_numbers: list[int]) -> bytes:
    """RFC 4585 §6.2.1, one number an entry."""
    entries = b"".join(struct.pack("!HH", number, 0) for number in sequence_numbers)
    length = 2 + len(sequence_numbers)
    return struct.pack("!BBHII", GENERIC_NACK, RTP_FEEDBACK, length, 1, media_ssrc) + entries


def test_what_a_viewer_asks_for_is_sent_again_to_it_alone(worker: NrsLive, pump: Pump) -> None:
    identity = DtlsIdentity()
    worker.start_publishing(pump, identity)
    heard: list[list[bytes]] = [[], []]
    viewers = []
    for packets in heard:
        ice, remote = worker.open_viewer(identity)
        viewers.append(Peer(identity, ice, remote, now=time.monotonic(), on_packet=packets.append))
        pump.add(viewers[-1])
    assert pump.run_until(lambda: all(len(packets) > 100 for packets in heard), timeout_s=10)
    asking, quiet = viewers
    pump.run_frames(5)
    lost = heard[0][-20:-10]
    ssrc = int.from_bytes(lost[0][8:12], "big")
    numbers = [int.from_bytes(packet[2:4], "big") for packet in lost]
    before = [len(packets) for packets in heard]

    assert asking.sender is not None
    asking.socket.send(asking.sender.protect_rtcp(nack(ssrc, numbers)))

    def sent_again(packets: list[bytes], since: int) -> set[int]:
        return {int.from_bytes(packet[2:4], "big") for packet in packets[since:]} & set(numbers)

    assert pump.run_until(lambda: sent_again(heard[0], before[0]) == set(numbers), timeout_s=5)
    again = [packet for packet in heard[0][before[0] :] if packet in lost]
    assert sorted(again) == sorted(lost), "each once, as it was"
    assert sent_again(heard[1], before[1]) == set()
    assert quiet.packets >= before[1]
