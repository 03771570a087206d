"""Messages between a worker and its processes: read as they were written, in packets that a socket takes."""

from __future__ import annotations

import pytest

from media_server.hls_servers.wire import (
    MAX_PACKET_BYTES,
    Message,
    PartAdded,
    PlaylistState,
    StreamLists,
    ViewersSeen,
    WireError,
    pack,
    parse,
)

MESSAGES: list[Message] = [
    StreamLists("s", [1, 2], [], "#EXTM3U\n\0"),
    PartAdded(1, 0.2, True, 3, 4, 5),
    PlaylistState(1, 3, 10, 4, 6, True, False, False),
    *[PartAdded(1, 0.2, False, 3, index, 5) for index in range(3000)],
]


def test_what_is_written_is_read_in_packets_of_bounded_size() -> None:
    packets = list(pack(MESSAGES))
    assert max(map(len, packets)) <= MAX_PACKET_BYTES + 1000
    assert [message for packet in packets for message in parse(packet)] == MESSAGES


def test_pairs_come_as_they_can_be_taken_apart() -> None:
    (packet,) = pack([ViewersSeen([("s", "v")])])
    (message,) = parse(packet)
    assert isinstance(message, ViewersSeen)
    assert [(stream_id, viewer_id) for stream_id, viewer_id in message.viewers] == [("s", "v")]


@pytest.mark.parametrize(
    "packet", [b"", b"{", b"1", b"[1]", b"[[]]", b'[["Part"]]', b'[["PartAdded",1]]', b"\xff", b"[" * 100_000]
)
def test_what_is_no_packet_is_refused(packet: bytes) -> None:
    with pytest.raises(WireError):
        parse(packet)
