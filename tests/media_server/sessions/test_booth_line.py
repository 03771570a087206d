"""A DJ's data channel: what a device asks reaches the mix with its sender's name, what the mix says comes back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import redis.asyncio
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from hypothesis import example, given
from hypothesis import strategies as st

from media_server.sessions.booth_line import BadMessage, BoothLine, read_message
from tests.interop.aiortc_peer import exchange
from tests.support.media_worker import MediaWorker
from tests.support.waiting import eventually


@dataclass
class Booth:
    """aiortc where a DJ's browser would be."""

    channel: RTCDataChannel
    heard: list[dict[str, Any]] = field(default_factory=list)

    def say(self, message: object) -> None:
        self.channel.send(message if isinstance(message, str) else json.dumps(message))


@asynccontextmanager
async def booth(worker: MediaWorker, stream_id: str, user_id: str) -> AsyncIterator[Booth]:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    channel = connection.createDataChannel("mix")
    made = Booth(channel)
    channel.on("message", lambda text: made.heard.append(json.loads(text)))
    connection.addTransceiver("audio", direction="recvonly")
    try:
        await connection.setLocalDescription(await connection.createOffer())
        token = worker.signer.sign(stream_id, "monitor", sub=user_id)
        answer, _ = await exchange(f"{worker.url}/whep/{stream_id}", token, connection.localDescription.sdp)
        await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        yield made
    finally:
        await connection.close()


@asynccontextmanager
async def asked(worker: MediaWorker, stream_id: str) -> AsyncIterator[tuple[redis.asyncio.Redis, list[dict[str, Any]]]]:
    """Valkey, and what arrives for the mix as long as this is open."""
    valkey = redis.asyncio.Redis.from_url(worker.settings.redis_url, decode_responses=True)
    messages: list[dict[str, Any]] = []
    async with valkey.pubsub() as pubsub:
        await pubsub.subscribe(f"mix:in:{stream_id}")

        async def listen() -> None:
            while True:
                message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=1.0)
                if message is not None:
                    messages.append(json.loads(message["data"]))

        listening = asyncio.create_task(listen())
        try:
            yield valkey, messages
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
    await valkey.aclose()


async def test_what_a_device_asks_reaches_the_mix_in_its_members_name(worker: MediaWorker) -> None:
    command = [1, {"command": "MoveCrossfader", "position": 0.5}]
    async with worker.feed("b1"), booth(worker, "b1", "dj-7") as dj, asked(worker, "b1") as (_, messages):
        await eventually(lambda: dj.channel.readyState == "open")
        dj.say({"device": "laptop", "commands": [command], "ping": 12.5})
        await eventually(lambda: bool(messages))
        assert messages == [
            {"user": "dj-7", "via": "data", "device": "laptop", "commands": [command], "ping": 12.5},
        ]


async def test_what_the_mix_says_comes_down_and_answers_to_others_do_not(worker: MediaWorker) -> None:
    async with worker.feed("b2"), booth(worker, "b2", "dj") as dj, asked(worker, "b2") as (valkey, _):
        await eventually(lambda: dj.channel.readyState == "open")

        async def a_moment_arrives() -> bool:
            await valkey.publish("mix:out:b2", json.dumps({"kind": "answer", "request": "secret"}))
            await valkey.publish("mix:out:b2", json.dumps({"kind": "moment", "frame": 1}))
            return bool(dj.heard)

        await eventually(a_moment_arrives, every_s=0.1)
        desk = {"kind": "desk", "titles": "ü" * 4_000}
        await valkey.publish("mix:out:other", json.dumps({"kind": "moment", "frame": 2}))
        await valkey.publish("mix:out:b2", json.dumps(desk))
        await eventually(lambda: desk in dj.heard)
        assert {message["kind"] for message in dj.heard} == {"moment", "desk"}
        assert all(message.get("frame") != 2 for message in dj.heard)


async def test_nonsense_is_answered_and_goes_no_further(worker: MediaWorker) -> None:
    async with worker.feed("b3"), booth(worker, "b3", "dj") as dj, asked(worker, "b3") as (_, messages):
        await eventually(lambda: dj.channel.readyState == "open")
        dj.say("[" * 10_000)
        dj.say({"device": "laptop", "commands": [], "user": "somebody else"})
        await eventually(lambda: len(dj.heard) == 2)
        assert {message["code"] for message in dj.heard} == {"VALIDATION_ERROR"}
        dj.say({"device": "laptop", "commands": []})
        await eventually(lambda: len(messages) == 1)


async def test_viewers_are_refused_a_line_to_the_mix(worker: MediaWorker) -> None:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.createDataChannel("mix")
    connection.addTransceiver("audio", direction="recvonly")
    await connection.setLocalDescription(await connection.createOffer())
    offer = connection.localDescription.sdp
    async with worker.feed("b4"):
        await worker.until_room("b4", "live")
        refused, _ = await exchange(f"{worker.url}/whep/b4", worker.signer.sign("b4", "watch"), offer)
        taken, _ = await exchange(f"{worker.url}/whep/b4", worker.signer.sign("b4", "monitor"), offer)
    await connection.close()
    assert "m=application 0 " in refused
    assert "sctp-port" not in refused
    assert "a=sctp-port:5000" in taken


class Lines:
    """Takes note."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def opened(self, line: BoothLine) -> None: ...
    def closed(self, line: BoothLine) -> None: ...

    def ask(self, stream_id: str, message: dict[str, Any]) -> None:
        self.asked.append(message)


def test_a_device_may_send_as_fast_as_a_desk_moves_and_no_faster() -> None:
    lines, now = Lines(), 0.0
    line = BoothLine("s", "dj", lines=lines, clock=lambda: now)
    text = json.dumps({"device": "d", "commands": []})
    for _ in range(10_000):
        line.on_data(text)
    assert len(lines.asked) == 240
    for tick in range(600):
        now = 100.0 + tick / 60.0
        line.on_data(text)
    assert len(lines.asked) == 240 + 600


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["device", "commands", "ping"]), inner),
    max_leaves=12,
)


@given(text=st.text(max_size=200) | JSON.map(json.dumps))
@example(text='{"device": "d", "commands": [[1, {"command": "Play"}]], "ping": NaN}')
@example(text='{"device": "d", "commands": [[true, {}]]}')
@example(text='{"device": "", "commands": []}')
@example(text='{"a":' * 5_000)
@example(text='{"device": "d", "ping": ' + "9" * 5_000 + "}")
def test_reading_a_message_fails_in_one_way_only(text: str) -> None:
    try:
        message = read_message(text)
    except BadMessage:
        return
    assert set(message) == {"device", "commands", "ping"}
    assert len(message["commands"]) <= 64


@pytest.mark.parametrize("commands", [["Play"], [[1]], [[1.5, {}]], [[1, []]], [[1, {}]] * 65, {"1": {}}])
def test_commands_of_another_shape_are_refused(commands: object) -> None:
    with pytest.raises(BadMessage, match="command"):
        read_message(json.dumps({"device": "d", "commands": commands}))
