"""A publisher and a server of ours on both ends of a wire, and servers that say no."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtmp.amf0 import decode, encode
from media_server.rtmp.amf_source import AmfValue
from media_server.rtmp.chunk_reader import ChunkReader
from media_server.rtmp.chunk_writer import ChunkWriter
from media_server.rtmp.client import PublishSession
from media_server.rtmp.commands import command_message, status_message
from media_server.rtmp.errors import RtmpError
from media_server.rtmp.events import (
    ClientEvent,
    MediaReceived,
    MetadataReceived,
    PlayRequested,
    PublishAccepted,
    PublishRefused,
    PublishRequested,
    ReconnectAsked,
    ServerEvent,
    StreamClosed,
)
from media_server.rtmp.handshake import ClientHandshake
from media_server.rtmp.messages import Message, MessageType, UserControl, number_message, user_control_message
from media_server.rtmp.server import MAX_STREAMS, ServerSession


class Wire:
    """Both sides; `run` carries bytes until neither has any, and answers requests by `answer`."""

    def __init__(self, *, app: str = "live", key: str = "nrs_key") -> None:
        self.server = ServerSession()
        self.client = PublishSession(app=app, tc_url=f"rtmp://host:1935/{app}", key=key)
        self.server_events: list[ServerEvent] = []
        self.client_events: list[ClientEvent] = []
        self.client.begin()

    def run(self, answer: Callable[[ServerEvent], None] = lambda event: None, *, now: float = 0.0) -> Wire:
        while True:
            to_server, to_client = self.client.take_output(), self.server.take_output()
            if not to_server and not to_client:
                return self
            for event in self.server.receive(to_server, now=now):
                self.server_events.append(event)
                answer(event)
            self.client_events += self.client.receive(to_client, now=now)

    def publishing(self) -> Wire:
        def accept(event: ServerEvent) -> None:
            if isinstance(event, PublishRequested):
                self.server.accept_publish()

        return self.run(accept)


class RawClient:
    """A client that writes what it likes."""

    def __init__(self) -> None:
        self.server = ServerSession()
        self._writer, self._reader = ChunkWriter(), ChunkReader()
        self.server.receive(ClientHandshake().begin() + bytes(1536), now=0.0)
        self.server.take_output()

    def say(self, *messages: Message, chunk_stream: int = 3, now: float = 0.0) -> list[ServerEvent]:
        data = b"".join(self._writer.write(chunk_stream, message) for message in messages)
        return self.server.receive(data, now=now)

    def call(self, name: str, *arguments: AmfValue, stream_id: int = 0, number: float = 1.0) -> list[ServerEvent]:
        payload = encode(name, number, *arguments)
        return self.say(Message(MessageType.COMMAND_AMF0, payload, stream_id=stream_id))

    def heard(self) -> list[tuple[int, list[AmfValue]]]:
        """Types and values of what the server sent; numbers of its control messages."""
        found: list[tuple[int, list[AmfValue]]] = []
        for message in self._reader.receive(self.server.take_output()):
            if message.type_id == MessageType.SET_CHUNK_SIZE:
                self._reader.set_chunk_bytes(int.from_bytes(message.payload, "big"))
            is_values = message.type_id in (MessageType.COMMAND_AMF0, MessageType.DATA_AMF0)
            values: list[AmfValue] = decode(message.payload) if is_values else [message.payload]
            found.append((message.type_id, values))
        return found

    def connected(self, **more: AmfValue) -> RawClient:
        self.call("connect", {"app": "live", **more})
        self.call("createStream", None)
        self.heard()
        return self


def test_a_publisher_is_asked_for_and_accepted() -> None:
    wire = Wire().publishing()
    assert wire.server_events == [PublishRequested("nrs_key")]
    assert wire.client_events == [PublishAccepted()]
    assert (wire.server.mode, wire.client.is_publishing) == ("publishing", True)


def test_media_of_a_publisher_arrives_whole_and_stamped() -> None:
    wire = Wire().publishing()
    picture, sound = b"\x17\x01" + bytes(200_000), b"\xaf\x01sound"
    wire.client.send(Message(MessageType.VIDEO, picture, 40, wire.client.stream_id))
    wire.client.send(Message(MessageType.AUDIO, sound, 43, wire.client.stream_id))
    wire.run()
    assert wire.server_events[1:] == [MediaReceived("video", picture, 40), MediaReceived("audio", sound, 43)]


def test_a_refused_publisher_hears_the_sentence() -> None:
    wire = Wire()

    def refuse(event: ServerEvent) -> None:
        wire.server.refuse("NetStream.Publish.BadName", "This stream key is not known.")

    wire.run(refuse)
    assert wire.client_events == [PublishRefused("NetStream.Publish.BadName", "This stream key is not known.")]
    assert wire.server.is_refused


def test_another_application_is_rejected_in_words() -> None:
    wire = Wire(app="stream").run()
    (refused,) = wire.client_events
    assert isinstance(refused, PublishRefused)
    assert refused.code == "NetConnection.Connect.Rejected"
    assert "ends in /live" in refused.reason
    assert wire.server.is_refused


def test_a_publisher_takes_leave() -> None:
    wire = Wire().publishing()
    wire.client.end()
    assert StreamClosed() in wire.run().server_events
    assert wire.server.mode == "idle"


def test_who_announces_enhanced_rtmp_is_told_what_there_is() -> None:
    client = RawClient()
    client.call("connect", {"app": "live", "fourCcList": ["av01"], "capsEx": 15.0})
    (_, values) = client.heard()[-1]
    told = values[3]
    assert isinstance(told, dict)
    assert told["code"] == "NetConnection.Connect.Success"
    assert {"av01", "hvc1", "vp09", "avc1", "Opus", "mp4a"} <= set(told["fourCcList"])  # type: ignore[arg-type]
    assert told["capsEx"] == 15.0
    assert told["videoFourCcInfoMap"]["hvc1"] == 4.0  # type: ignore[index, call-overload]


@pytest.mark.parametrize("capabilities", [float("nan"), -1.0, 1e300, "x", None, True])
def test_capabilities_that_make_no_sense_are_none(capabilities: AmfValue) -> None:
    assert not RawClient().connected(capsEx=capabilities).server.ask_to_reconnect()


def test_who_can_is_asked_to_reconnect() -> None:
    assert RawClient().connected(capsEx=1.0).server.ask_to_reconnect()
    wire = Wire().publishing()
    wire.client.receive(
        ChunkWriter().write(3, status_message("NetConnection.Connect.ReconnectRequest", "moving")), now=0.0
    )
    assert not wire.server.ask_to_reconnect()


def test_a_publisher_of_ours_hears_that_it_is_to_reconnect() -> None:
    wire = Wire().publishing()
    writer = ChunkWriter()
    told = writer.write(3, status_message("NetConnection.Connect.ReconnectRequest", "moving"))
    assert wire.client.receive(told, now=0.0) == [ReconnectAsked()]


def test_options_behind_a_key_are_no_part_of_it() -> None:
    client = RawClient().connected()
    assert client.call("publish", None, "/nrs_key?bandwidthtest=true", "live", stream_id=1) == [
        PublishRequested("nrs_key")
    ]


def test_a_player_is_asked_for_with_its_token() -> None:
    client = RawClient().connected()
    assert client.call("play", None, "stream-1?token=abc", stream_id=1) == [PlayRequested("stream-1?token=abc")]
    client.server.accept_play()
    client.server.send(6, Message(MessageType.VIDEO, b"picture", 5))
    codes = [values[3]["code"] for _, values in client.heard() if values[:1] == ["onStatus"]]  # type: ignore[index, call-overload]
    assert codes == ["NetStream.Play.Reset", "NetStream.Play.Start"]


def test_media_before_it_was_accepted_is_left_out() -> None:
    client = RawClient().connected()
    client.call("publish", None, "key", "live", stream_id=1)
    assert client.say(Message(MessageType.VIDEO, b"early", stream_id=1)) == []
    client.server.accept_publish()
    assert len(client.say(Message(MessageType.VIDEO, b"now", stream_id=1))) == 1


def test_metadata_is_read_in_both_formats_and_with_or_without_its_keeper() -> None:
    client = RawClient().connected()
    client.call("publish", None, "key", "live", stream_id=1)
    client.server.accept_publish()
    bare = encode("onMetaData", {"width": 640})
    kept = encode("@setDataFrame", "onMetaData", {"width": 640})
    expected = [MetadataReceived({"width": 640.0})]
    assert client.say(Message(MessageType.DATA_AMF0, bare, stream_id=1)) == expected
    assert client.say(Message(MessageType.DATA_AMF0, kept, stream_id=1)) == expected
    assert client.say(Message(MessageType.DATA_AMF3, b"\x00" + kept, stream_id=1)) == expected


def test_commands_may_come_in_amf3() -> None:
    client = RawClient()
    payload = b"\x00" + encode("connect", 1, {"app": "live"})
    client.say(Message(MessageType.COMMAND_AMF3, payload))
    assert client.heard()[-1][1][0] == "_result"


def test_aggregate_messages_are_taken_apart() -> None:
    client = RawClient().connected()
    client.call("publish", None, "key", "live", stream_id=1)
    client.server.accept_publish()

    def tag(kind: int, stamp: int, body: bytes) -> bytes:
        head = (
            bytes((kind,))
            + len(body).to_bytes(3, "big")
            + (stamp & 0xFFFFFF).to_bytes(3, "big")
            + bytes((stamp >> 24,))
        )
        return head + bytes(3) + body + (11 + len(body)).to_bytes(4, "big")

    whole = tag(9, 0x1000000, b"picture") + tag(8, 0x1000014, b"sound")
    assert client.say(Message(MessageType.AGGREGATE, whole, 500, 1)) == [
        MediaReceived("video", b"picture", 500),
        MediaReceived("audio", b"sound", 520),
    ]
    for end in range(1, len(whole) - 4):
        if end != len(tag(9, 0, b"picture")):
            with suppress(RtmpError):
                assert len(client.say(Message(MessageType.AGGREGATE, whole[:end], 500, 1))) < 2


def test_pings_are_answered_and_asked() -> None:
    client = RawClient().connected()
    client.say(user_control_message(UserControl.PING_REQUEST, 77), chunk_stream=2)
    assert client.heard() == [(4, [b"\x00\x07\x00\x00\x00\x4d"])]
    client.server.link.ping(now=10.0)
    client.say(user_control_message(UserControl.PING_RESPONSE, 10_000), chunk_stream=2, now=10.25)
    assert client.server.link.rtt_s == 0.25


def test_what_was_received_is_acknowledged_each_half_window() -> None:
    client = RawClient().connected()
    client.say(number_message(MessageType.WINDOW_SIZE, 20_000), chunk_stream=2)
    client.say(Message(MessageType.DATA_AMF0, encode("x" * 12_000)), chunk_stream=5)
    assert MessageType.ACKNOWLEDGEMENT in [kind for kind, _ in client.heard()]


@pytest.mark.parametrize(
    "calls",
    [
        lambda client: client.call("publish", None, "key"),
        lambda client: client.call("connect", {"app": "live"}),
        lambda client: [client.call("createStream", None) for _ in range(MAX_STREAMS)],
        lambda client: client.call("publish", None, "key", stream_id=99),
        lambda client: [client.call("play", None, "a", stream_id=1) for _ in range(2)],
        lambda client: client.call("publish", None, "k" * 5000, stream_id=1),
        lambda client: client.say(Message(MessageType.COMMAND_AMF0, b"")),
        lambda client: client.say(Message(MessageType.COMMAND_AMF0, encode(1.0, 2.0))),
        lambda client: client.say(Message(MessageType.COMMAND_AMF0, bytes(70_000))),
        lambda client: client.say(Message(MessageType.SET_CHUNK_SIZE, bytes(4)), chunk_stream=2),
        lambda client: client.say(Message(MessageType.SET_CHUNK_SIZE, b"\xff"), chunk_stream=2),
        lambda client: client.say(Message(MessageType.USER_CONTROL, b"\x00\x06"), chunk_stream=2),
    ],
    ids=[
        "no stream",
        "twice",
        "streams",
        "other stream",
        "two",
        "long",
        "empty",
        "no name",
        "large",
        "zero",
        "cut",
        "ping",
    ],
)
def test_what_makes_no_sense_is_an_rtmp_error(calls: Callable[[RawClient], object]) -> None:
    client = RawClient().connected()
    with pytest.raises(RtmpError):
        calls(client)


def test_nothing_comes_before_connect() -> None:
    with pytest.raises(RtmpError):
        RawClient().call("createStream", None)


def test_unknown_commands_and_messages_are_passed_over() -> None:
    client = RawClient().connected()
    assert client.call("getStreamLength", None, "x") == []
    assert client.say(Message(19, b"shared object"), Message(99, b"")) == []


@pytest.mark.parametrize("name", ["releaseStream", "FCPublish"])
def test_an_error_that_means_nothing_does_not_stop_a_publisher(name: str) -> None:
    wire = Wire().publishing()
    told = ChunkWriter().write(3, command_message("_error", 2 if name == "releaseStream" else 3, None, None))
    assert wire.client.receive(told, now=0.0) == []


@given(
    st.lists(st.tuples(st.integers(2, 6), st.integers(1, 22), st.binary(max_size=80), st.integers(0, 2)), max_size=8)
)
def test_arbitrary_messages_raise_rtmp_error_alone(messages: list[tuple[int, int, bytes, int]]) -> None:
    client, publisher = RawClient().connected(), Wire().publishing().client
    for target in (client.server, publisher):
        writer = ChunkWriter()
        with suppress(RtmpError):
            for chunk_stream, kind, body, stream_id in messages:
                target.receive(writer.write(chunk_stream, Message(kind, body, 0, stream_id)), now=0.0)
