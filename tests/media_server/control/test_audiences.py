"""Who watches, in a real Valkey: also where that is thousands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis.asyncio

from media_server.control.audiences import PORTION, Audiences


@pytest.fixture
async def valkey(valkey_url: str) -> AsyncIterator[redis.asyncio.Redis]:
    async with redis.asyncio.Redis.from_url(valkey_url, decode_responses=True) as connected:
        yield connected


async def watching(valkey: redis.asyncio.Redis, stream_id: str) -> dict[str, float]:
    entries: list[Any] = await valkey.zrange(f"media:viewers:{stream_id}", 0, -1, withscores=True)
    return dict(entries)


@pytest.mark.parametrize("count", [1, PORTION, 3 * PORTION + 7])
async def test_those_who_come_stay_and_go_are_told_apart(valkey: redis.asyncio.Redis, count: int) -> None:
    audiences = Audiences(valkey)
    first = {f"viewer-{n}" for n in range(count)}
    await audiences.write({"s": first, "other": {"somebody"}}, lapses_at=10.0)
    assert await watching(valkey, "s") == dict.fromkeys(first, 10.0)
    second = {f"viewer-{n}" for n in range(count // 2, count + count // 2)}
    await audiences.write({"s": second, "other": {"somebody"}}, lapses_at=13.0)
    assert await watching(valkey, "s") == dict.fromkeys(second, 13.0)
    assert await watching(valkey, "other") == {"somebody": 13.0}
    await audiences.write({"other": {"somebody"}}, lapses_at=16.0)
    assert await watching(valkey, "s") == {}
    assert await watching(valkey, "other") == {"somebody": 16.0}


async def test_nobody_is_written_as_nothing(valkey: redis.asyncio.Redis) -> None:
    await Audiences(valkey).write({"empty": set()}, lapses_at=10.0)
    assert await valkey.exists("media:viewers:empty") == 0
