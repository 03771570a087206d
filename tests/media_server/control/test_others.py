"""Whether there is another worker to go to, as its lease says in a real Valkey."""

from __future__ import annotations

import asyncio
import json

import pytest
import redis.asyncio

from media_server.control.others import OtherWorkers
from tests.support.servers import OwnValkey
from tests.support.waiting import eventually


async def lease(valkey: redis.asyncio.Redis, worker_id: str, text: str) -> None:
    await valkey.sadd("media:workers", worker_id)
    await valkey.set(f"media:worker:{worker_id}", text)


async def test_one_that_stays_is_waited_for(valkey_url: str) -> None:
    async with redis.asyncio.Redis.from_url(valkey_url, decode_responses=True) as valkey:
        await lease(valkey, "own", json.dumps({"draining": False}))
        await lease(valkey, "leaving", json.dumps({"draining": True}))
        await lease(valkey, "unreadable", "{")
        await valkey.sadd("media:workers", "gone")
        others = OtherWorkers(valkey, "own")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await others.appeared()
        waiting = asyncio.create_task(others.appeared())
        await lease(valkey, "staying", json.dumps({"draining": False}))
        await eventually(waiting.done)
        await waiting


async def test_while_valkey_is_away_there_is_none(own_valkey: OwnValkey) -> None:
    async with redis.asyncio.Redis.from_url(own_valkey.url, decode_responses=True) as valkey:
        own_valkey.kill()
        waiting = asyncio.create_task(OtherWorkers(valkey, "own").appeared())
        own_valkey.start()
        await lease(valkey, "staying", json.dumps({"draining": False}))
        await eventually(waiting.done)
        await waiting
