"""Rooms are told what is wanted of their streams, also when the word of it was lost or Valkey was away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from media_server.control.events import STREAM, ValkeyEvents
from media_server.control.specs import CHANNEL, StreamSpecs
from media_server.recording.ports import Unavailable
from media_server.sessions.spec import SpecUnreadable, StreamSpec
from tests.support.servers import OwnValkey
from tests.support.waiting import eventually


class Room:
    def __init__(self, stream_id: str) -> None:
        self.stream_id = stream_id
        self.wanted: list[StreamSpec] = []

    def want(self, spec: StreamSpec) -> None:
        self.wanted.append(spec)

    @property
    def revision(self) -> int:
        return self.wanted[-1].revision if self.wanted else -1


def spec(stream_id: str, revision: int, **more: Any) -> str:
    return json.dumps({"stream_id": stream_id, "revision": revision, "creator_id": "creator", **more})


@asynccontextmanager
async def following(valkey: Redis, *rooms: Room) -> AsyncIterator[StreamSpecs]:
    specs = StreamSpecs(valkey, lambda: rooms)
    task = asyncio.create_task(specs.run())
    try:
        yield specs
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_room_is_told_and_told_again_when_it_changes(valkey_url: str) -> None:
    room, other = Room("one"), Room("two")
    async with Redis.from_url(valkey_url, decode_responses=True) as valkey:
        await valkey.set("media:spec:one", spec("one", 1, rewind_s=60))
        async with following(valkey, room, other):
            await eventually(lambda: room.revision == 1)
            assert room.wanted[-1].rewind_s == 60
            await valkey.set("media:spec:one", spec("one", 2))
            await valkey.publish(CHANNEL, "one")
            await eventually(lambda: room.revision == 2)
            await valkey.set("media:spec:one", spec("one", 3))
            await eventually(lambda: room.revision == 3)
    assert other.wanted == []


async def test_what_cannot_be_read_changes_nothing_and_stops_nothing(valkey_url: str) -> None:
    room, other = Room("one"), Room("two")
    async with Redis.from_url(valkey_url, decode_responses=True) as valkey:
        await valkey.set("media:spec:one", "{")
        await valkey.set("media:spec:two", spec("two", 1))
        async with following(valkey, room, other):
            await eventually(lambda: other.revision == 1)
            await valkey.set("media:spec:one", spec("two", 5))
            await valkey.set("media:spec:two", spec("two", 2))
            await eventually(lambda: other.revision == 2)
    assert room.wanted == []


async def test_an_outage_is_outlived(own_valkey: OwnValkey) -> None:
    room = Room("one")
    async with Redis.from_url(own_valkey.url, decode_responses=True) as valkey:
        await valkey.set("media:spec:one", spec("one", 1))
        async with following(valkey, room):
            await eventually(lambda: room.revision == 1)
            own_valkey.kill()
            with pytest.raises(Unavailable):
                await ValkeyEvents(valkey).write({"id": "1", "event": "segment"})
            own_valkey.start()
            await valkey.set("media:spec:one", spec("one", 2))
            await eventually(lambda: room.revision == 2)
            await ValkeyEvents(valkey).write({"id": "1", "event": "segment"})
            entries = cast("list[tuple[str, dict[str, str]]]", await valkey.xrange(STREAM))
            assert [json.loads(fields["json"]) for _, fields in entries] == [{"id": "1", "event": "segment"}]


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"targets": [{"target_id": "a", "url": "http://x", "sealed_key": "s3cret"}]}, "targets.0.url"),
        ({"targets": [{"target_id": "a" * 65, "url": "rtmp://x/a", "sealed_key": "s3cret"}]}, "targets.0.target_id"),
        ({"recording": {"recording_id": "r", "prefix": "../etc", "room_bytes": 1}}, "recording.prefix"),
        ({"rewind_s": -1}, "rewind_s"),
    ],
)
def test_a_spec_out_of_bounds_is_named_without_its_secrets(more: dict[str, Any], place: str) -> None:
    with pytest.raises(SpecUnreadable) as caught:
        StreamSpec.parse(spec("one", 1, **more))
    assert place in str(caught.value)
    assert "s3cret" not in str(caught.value)
