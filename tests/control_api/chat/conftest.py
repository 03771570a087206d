"""A live stream and those who write beside it."""

from __future__ import annotations

from typing import Any

from tests.control_api.streams.test_publishing import start
from tests.control_api.support.api import Account, Api, Reply


async def live_stream(api: Api, by: Account) -> str:
    """The id of a new stream that is live."""
    return str((await start(api, by))["stream"]["id"])


async def write(api: Api, stream_id: str, text: Any, by: Account | None) -> Reply:
    return await api.post("/stream/chat/message", {"streamId": stream_id, "text": text}, by=by)


async def read(api: Api, stream_id: str, query: str = "", by: Account | None = None) -> dict[str, Any]:
    chat = (await api.get(f"/stream/chat/{stream_id}{query}", by=by)).data
    assert isinstance(chat, dict)
    return chat


async def texts(api: Api, stream_id: str, query: str = "", by: Account | None = None) -> list[str]:
    """What is written there, the newest first."""
    return [message["text"] for message in (await read(api, stream_id, query, by))["messages"]]
