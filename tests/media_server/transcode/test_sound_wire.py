"""Messages between a worker and its sound process: they come back as they went, and nonsense raises WireError alone."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.hub.frames import TrackFormat
from media_server.transcode.sound_wire import Begin, End, Lot, Made, Message, pack, parse, take
from media_server.transcode.sound_work import SoundPacket, ToAacWork, ToOpusWork
from media_server.transcode.wire import HEADER, MAX_MESSAGE_BYTES, WireError

PACKETS = (SoundPacket(-9_000, b"\x00\x01"), SoundPacket(1 << 40, b""), SoundPacket(7, b"abc"))
MESSAGES: list[Message] = [
    Begin(1, ToAacWork(-8, 128_000)),
    Begin(0xFFFFFFFF, ToOpusWork(TrackFormat("aac", b"\x11\x90", sample_rate=48_000, channels=2), 96_000)),
    Begin(2, ToOpusWork(TrackFormat("mp3", b"", sample_rate=44_100, channels=1), 96_000)),
    Lot(3, PACKETS),
    Lot(3, ()),
    End(4),
    Made(5, b"OpusHead", PACKETS),
    Made(6, b"", ()),
]
SEEDS = sorted((Path(__file__).parent / "seeds").glob("sound-*.hex"))


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_a_message_comes_back_as_it_went(message: Message) -> None:
    assert take(bytearray(pack(message))) == [message]


@given(st.lists(st.sampled_from(MESSAGES), max_size=6), st.integers(1, 50))
def test_messages_are_taken_from_pieces_of_any_length(messages: list[Message], length: int) -> None:
    stream = b"".join(pack(message) for message in messages)
    buffer, found = bytearray(), []
    for at in range(0, len(stream), length):
        buffer += stream[at : at + length]
        found += take(buffer)
    assert found == messages
    assert buffer == b""


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (b"L", b"\0\0\0\1" + b"\0" * 8 + b"\xff\xff\xff\xff" + b"abc"),
        (b"M", b"\0\0\0\1\xff\xff"),
        (b"O", b"\0\0\0\1opus" + b"\0" * 9),
        (b"E", b""),
        (b"?", b""),
    ],
    ids=["packet", "head", "codec", "cut", "kind"],
)
def test_nonsense_is_refused(kind: bytes, body: bytes) -> None:
    with pytest.raises(WireError):
        parse(kind, body)


def test_a_message_that_is_too_long_is_refused_before_it_has_come() -> None:
    with pytest.raises(WireError):
        take(bytearray(HEADER.pack(b"L", MAX_MESSAGE_BYTES + 1)))


@given(st.sampled_from([b"A", b"O", b"L", b"E", b"M", b"?"]), st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(kind: bytes, body: bytes) -> None:
    with suppress(WireError):
        assert take(bytearray(pack(parse(kind, body))))


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.stem)
def test_what_was_found_is_refused(seed: Path) -> None:
    raw = bytes.fromhex(seed.read_text())
    with pytest.raises(WireError):
        parse(raw[:1], raw[1:])
