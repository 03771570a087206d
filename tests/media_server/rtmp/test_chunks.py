"""Chunks: what is written is read, however it is cut; hostile bytes end in RtmpError and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtmp.chunk_reader import MAX_CHUNK_STREAMS, MAX_UNFINISHED_BYTES, ChunkReader
from media_server.rtmp.chunk_writer import ChunkWriter
from media_server.rtmp.errors import RtmpError
from media_server.rtmp.messages import MAX_MESSAGE_BYTES, Message

SEEDS = sorted((Path(__file__).parent / "seeds").glob("chunk-*.hex"))
stamps = st.integers(0, 2**32 - 1) | st.integers(0xFFFFF0, 0x100000F)
messages = st.builds(Message, st.integers(1, 22), st.binary(max_size=700), stamps, st.integers(0, 3))


def pieces(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    """`data` cut at these sizes, over and over."""
    at = index = 0
    while at < len(data):
        size = sizes[index % len(sizes)]
        yield data[at : at + size]
        at, index = at + size, index + 1


def read(reader: ChunkReader, data: bytes) -> list[Message]:
    return list(reader.receive(data))


@given(
    st.lists(st.tuples(st.integers(2, 63), messages), max_size=12),
    st.integers(1, 300),
    st.lists(st.integers(1, 400), min_size=1, max_size=5),
)
def test_what_is_written_is_read_however_it_is_cut(
    written: list[tuple[int, Message]], chunk_bytes: int, sizes: list[int]
) -> None:
    writer, reader = ChunkWriter(), ChunkReader()
    writer.chunk_bytes = chunk_bytes
    reader.set_chunk_bytes(chunk_bytes)
    data = b"".join(writer.write(chunk_stream, message) for chunk_stream, message in written)
    got = [message for piece in pieces(data, sizes) for message in read(reader, piece)]
    assert got == [message for _, message in written]


@given(
    st.lists(st.tuples(st.sampled_from([4, 6]), st.integers(0, 6_000), stamps), min_size=1, max_size=5),
    st.integers(500, 1_100),
    st.lists(st.integers(1, 5_000), min_size=1, max_size=5),
)
def test_runs_of_chunks_are_read_however_they_are_cut(
    written: list[tuple[int, int, int]], chunk_bytes: int, sizes: list[int]
) -> None:
    writer, reader = ChunkWriter(), ChunkReader()
    writer.chunk_bytes = chunk_bytes
    reader.set_chunk_bytes(chunk_bytes)
    # Bytes that look like the header of a chunk that goes on are among them.
    expected = [
        (stream, Message(9, bytes((0xC6 - at % 5) & 0xFF for at in range(size)), stamp, 1))
        for stream, size, stamp in written
    ]
    data = b"".join(writer.write(stream, message) for stream, message in expected)
    got = [message for piece in pieces(data, sizes) for message in read(reader, piece)]
    assert got == [message for _, message in expected]
    assert not reader.is_amid_message


def test_a_run_of_chunks_ends_where_another_chunk_stream_comes_between() -> None:
    reader = ChunkReader()
    reader.set_chunk_bytes(512)
    begin = bytes.fromhex("06 000000 000800 09 01000000") + b"a" * 512 + b"\xc6" + b"b" * 512
    between = bytes.fromhex("04 000000 000003 08 01000000") + b"aaa"
    rest = b"\xc6" + b"c" * 512 + b"\xc6" + b"d" * 512
    assert read(reader, begin + between + rest) == [
        Message(8, b"aaa", 0, 1),
        Message(9, b"".join(letter * 512 for letter in (b"a", b"b", b"c", b"d")), 0, 1),
    ]


def test_all_four_headers_are_read() -> None:
    first = bytes.fromhex("04 00000a 000002 08 01000000 aaaa")
    same_stream = bytes.fromhex("44 000005 000001 09 bb")
    same_length = bytes.fromhex("84 000007 cc")
    same_delta = bytes.fromhex("c4 dd")
    assert read(ChunkReader(), first + same_stream + same_length + same_delta) == [
        Message(8, b"\xaa\xaa", 10, 1),
        Message(9, b"\xbb", 15, 1),
        Message(9, b"\xcc", 22, 1),
        Message(9, b"\xdd", 29, 1),
    ]


def test_messages_of_several_chunk_streams_are_interleaved() -> None:
    video = bytes.fromhex("06 000000 0000c8 09 01000000") + b"v" * 128
    audio = bytes.fromhex("04 000000 000003 08 01000000") + b"aaa"
    rest = b"\xc6" + b"v" * 72
    assert read(ChunkReader(), video + audio + rest) == [Message(8, b"aaa", 0, 1), Message(9, b"v" * 200, 0, 1)]


@pytest.mark.parametrize(("head", "identifier"), [("3f", 63), ("0000", 64), ("00ff", 319), ("010001", 320)])
def test_basic_headers_of_one_to_three_bytes_name_chunk_streams(head: str, identifier: int) -> None:
    reader = ChunkReader()
    whole = bytes.fromhex(head) + bytes.fromhex("000000 000081 08 01000000") + b"x" * 128
    assert read(reader, whole) == []
    reader.abort(identifier)
    first = bytes.fromhex(head)
    again = bytes((first[0] | 0xC0,)) + first[1:] + b"y" * 128 + bytes((first[0] | 0xC0,)) + first[1:] + b"z"
    assert read(reader, again) == [Message(8, b"y" * 128 + b"z", 0, 1)]


@pytest.mark.parametrize("repeats", [True, False], ids=["repeated", "left out"])
def test_an_extended_stamp_may_be_repeated_or_left_out_on_type_3(repeats: bool) -> None:
    stamp = bytes.fromhex("01000000")
    begin = bytes.fromhex("06 ffffff 0000ff 09 01000000") + stamp + b"\x01" * 128
    rest = b"\xc6" + (stamp if repeats else b"") + b"\x02" * 127
    assert read(ChunkReader(), begin + rest) == [Message(9, b"\x01" * 128 + b"\x02" * 127, 0x1000000, 1)]


def test_a_new_chunk_size_holds_for_the_chunk_after_it() -> None:
    reader = ChunkReader()
    small = bytes.fromhex("02 000000 000004 01 00000000 00000200")
    large = bytes.fromhex("06 000000 000190 09 01000000") + b"v" * 400
    got = []
    for message in reader.receive(small + large):
        got.append(message.type_id)
        if message.type_id == 1:
            reader.set_chunk_bytes(int.from_bytes(message.payload, "big"))
    assert got == [1, 9]


def test_a_message_beyond_the_limit_is_refused_when_it_begins() -> None:
    header = bytes.fromhex("06 000000") + (MAX_MESSAGE_BYTES + 1).to_bytes(3, "big") + bytes.fromhex("09 01000000")
    with pytest.raises(RtmpError):
        read(ChunkReader(), header)


def test_the_largest_message_is_taken() -> None:
    writer, reader = ChunkWriter(), ChunkReader()
    message = Message(9, bytes(MAX_MESSAGE_BYTES), 0, 1)
    assert read(reader, writer.write(6, message)) == [message]


def test_chunk_streams_are_bounded() -> None:
    header = bytes.fromhex("000000 000000 08 01000000")
    allowed = b"".join(bytes((0, index)) + header for index in range(MAX_CHUNK_STREAMS))
    reader = ChunkReader()
    assert len(read(reader, allowed)) == MAX_CHUNK_STREAMS
    with pytest.raises(RtmpError, match="too many chunk streams"):
        read(reader, b"\x03" + header)


def test_what_has_begun_on_all_chunk_streams_is_bounded() -> None:
    reader, part = ChunkReader(), bytes(MAX_MESSAGE_BYTES - 1)
    reader.set_chunk_bytes(len(part))
    header = bytes(3) + MAX_MESSAGE_BYTES.to_bytes(3, "big") + bytes.fromhex("09 01000000")
    assert 2 * len(part) > MAX_UNFINISHED_BYTES
    read(reader, b"\x03" + header + part)
    with pytest.raises(RtmpError):
        read(reader, b"\x04" + header + part)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem)
def test_a_seed_raises_rtmp_error(seed: Path) -> None:
    with pytest.raises(RtmpError):
        read(ChunkReader(), bytes.fromhex(seed.read_text()))


@given(st.lists(st.binary(max_size=300), max_size=6))
def test_arbitrary_bytes_raise_rtmp_error_alone(parts: list[bytes]) -> None:
    reader = ChunkReader()
    with suppress(RtmpError):
        for part in parts:
            read(reader, part)


def test_a_writer_never_begins_a_message_with_type_3() -> None:
    writer = ChunkWriter()
    same = Message(9, b"same", 40, 1)
    heads = [writer.write(6, same)[0] >> 6 for _ in range(3)]
    assert heads == [0, 2, 2]
