"""Encoders that nobody waits for are read now and then, all together; the others as they send."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from media_server.ingest.connection import RtmpConnection
from media_server.ingest.limits import IngestLimits, Places
from media_server.ingest.rests import MAX_READ_BYTES, Rests
from media_server.ingest.wiring import Wiring
from media_server.rtmp.client import PublishSession
from media_server.rtmp.events import ClientEvent, PublishAccepted
from media_server.rtmp.messages import VIDEO_CHUNK_STREAM, Message, MessageType
from media_server.tokens import TokenVerifier
from tests.media_server.ingest.publisher import publisher
from tests.media_server.ingest.stage import KEY, KnownKeys, StageDoor, stage
from tests.media_server.rtmp.messages import avc_config, avc_frame, unit
from tests.support.media_tokens import TokenSigner
from tests.support.waiting import eventually


class Wire(asyncio.Transport):
    """Between a client without a socket and a connection: what is written is heard at once."""

    def __init__(self, wiring: Wiring) -> None:
        super().__init__()
        self.session = PublishSession(app="live", tc_url="rtmp://localhost/live", key=KEY)
        self.events: list[ClientEvent] = []
        self.reads = True
        self._connection = RtmpConnection(wiring, "rtmp")
        self._connection.connection_made(self)
        self.session.begin()

    async def accepted(self) -> None:
        """Until the stream may come."""

        def turn() -> bool:
            if self.reads:
                self._give()
            return PublishAccepted() in self.events

        await eventually(turn)

    def picture(self, payload: bytes, at_ms: int) -> None:
        """A video message, read by the connection in one go."""
        message = Message(MessageType.VIDEO, payload, at_ms, self.session.stream_id)
        self.session.link.send(VIDEO_CHUNK_STREAM, message)
        self._give()

    def _give(self) -> None:
        if data := self.session.take_output():
            self._connection.data_received(data)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.events += self.session.receive(bytes(data), now=0.0)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing waits to be written here."""

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True


def wired(door: StageDoor) -> Wiring:
    limits = IngestLimits()
    tokens = TokenVerifier(TokenSigner().public_key)
    return Wiring(KnownKeys(), door, door.find_room, door.bring, tokens, lambda: 0.0, limits, Places(limits))


async def test_an_encoder_that_nobody_waits_for_is_not_read_for_a_moment() -> None:
    door = StageDoor()
    wire = Wire(wired(door))
    await wire.accepted()
    wire.picture(avc_config(), 0)
    assert not wire.reads
    await eventually(lambda: wire.reads)
    wire.picture(avc_frame(is_key=True), 0)
    assert not wire.reads
    await eventually(lambda: wire.reads)


async def test_an_encoder_that_somebody_waits_for_is_read_as_it_sends() -> None:
    door = StageDoor()
    door.room().is_awaited = True
    wire = Wire(wired(door))
    await wire.accepted()
    wire.picture(avc_config(), 0)
    wire.picture(avc_frame(is_key=True), 0)
    assert wire.reads


async def test_an_encoder_that_sends_much_is_read_on() -> None:
    wire = Wire(wired(StageDoor()))
    await wire.accepted()
    wire.picture(avc_frame(unit(b"\x65" + bytes(MAX_READ_BYTES)), is_key=True), 0)
    assert wire.reads


async def test_all_who_rest_go_on_together_and_may_rest_again() -> None:
    rests, went_on = Rests(), list[str]()
    again = asyncio.Event()

    def first() -> None:
        went_on.append("first")
        rests.add(again.set)

    rests.add(first)
    rests.add(lambda: went_on.append("second"))
    assert went_on == []
    async with asyncio.timeout(10):
        await again.wait()
    assert went_on == ["first", "second"]


async def test_all_that_is_sent_over_tls_comes_through_rests(certificate: tuple[Path, Path]) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    async with (
        stage(certificate=certificate[0], key=certificate[1]) as here,
        publisher(here.server.tls_port or 0, KEY, tls=trusting) as encoder,
    ):
        encoder.configurations()
        encoder.pictures(25)
        await eventually(lambda: here.heard.count("video") == 25 and here.heard.count("audio") == 25)
        encoder.pictures(25, from_ms=1000)
        await eventually(lambda: here.heard.count("video") == 50 and here.heard.count("audio") == 50)
