"""Asks to be let in as a media worker does that an encoder came to."""

from typing import Any

from tests.control_api.support.api import INTERNAL_TOKEN, Account, Api, Reply


async def new_key(api: Api, by: Account, label: str = "Studio") -> tuple[dict[str, Any], str]:
    """A new stream key, and what it is."""
    data = (await api.post("/stream/keys", {"label": label}, by=by)).data
    return data["key"], data["secret"]


async def ask(api: Api, key: str, *, token: str | None = INTERNAL_TOKEN, **body: Any) -> Reply:
    """What a worker is answered; `body` has what is other than usual."""
    asked = {"key": key, "protocol": "rtmp", "worker_id": "worker-1", "address": "192.0.2.7", **body}
    return await api.send("POST", "/internal/ingest", json=asked, token=token)


async def let_in(api: Api, key: str, **body: Any) -> dict[str, Any]:
    reply = await ask(api, key, **body)
    assert reply.status == 200, reply.body
    grant: dict[str, Any] = reply.body
    return grant
