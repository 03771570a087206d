"""The line to a running mix: a request on `mix:in`, its answer on `mix:out` (ARCHITECTURE.md, "The DJ's show")."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, ValidationError
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from control_api.identity import StreamId, UserId
from control_api.mixes.errors import LoadRefused, MixerSilent
from control_api.mixes.models import LoadPlace
from control_api.tracks.models import PlayableTrack
from control_api.valkey import valkey_outages

ANSWER_S = 2.0
PER_MIX, MOST = 8, 16
"""Requests that wait for an answer at a time, each on a connection to Valkey that others need too."""


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    request: str
    code: str | None
    message: str | None


class MixerLine:
    def __init__(self, valkey: Redis) -> None:
        self._valkey = valkey
        self._waiting: Counter[StreamId] = Counter()

    async def load(self, stream_id: StreamId, user_id: UserId, place: LoadPlace, track: PlayableTrack | None) -> None:
        """Have the mixer put a track on a deck or a pad, or take off what is there.

        Returns when it has taken it; raises MixerSilent when it does not say so in ANSWER_S, LoadRefused,
        ServiceUnavailable.
        """
        kind, number = place
        load = {kind: number, "track": track.to_json() if track else None}
        with self._place(stream_id):
            answer = await self._ask(stream_id, {"user": str(user_id), "load": load})
        if answer.code is not None:
            raise LoadRefused(answer.message, details={"reason": answer.code})

    @contextmanager
    def _place(self, stream_id: StreamId) -> Iterator[None]:
        """Raises LoadRefused when there is none."""
        if self._waiting[stream_id] >= PER_MIX or self._waiting.total() >= MOST:
            raise LoadRefused("Too much is being loaded: try again.", details={"reason": "MIXER_BUSY"})
        self._waiting[stream_id] += 1
        try:
            yield
        finally:
            self._waiting[stream_id] -= 1
            if not self._waiting[stream_id]:
                del self._waiting[stream_id]

    async def _ask(self, stream_id: StreamId, message: dict[str, Any]) -> _Answer:
        request = str(uuid4())
        deadline = asyncio.get_running_loop().time() + ANSWER_S
        with valkey_outages():
            async with self._valkey.pubsub() as pubsub:
                await pubsub.subscribe(f"mix:out:{stream_id}")
                # The confirmation: what is said from here on is heard.
                await _next_message(pubsub, deadline)
                heard_by = await self._valkey.publish(f"mix:in:{stream_id}", json.dumps({"request": request} | message))
                while heard_by and (data := await _next_message(pubsub, deadline)) is not None:
                    answer = _answer_to(request, data)
                    if answer is not None:
                        return answer
        raise MixerSilent


async def _next_message(pubsub: PubSub, deadline: float) -> str | None:
    """What the channel says next, "" for the confirmation of a subscription; None at `deadline`."""
    while (remaining_s := deadline - asyncio.get_running_loop().time()) > 0:
        message = await pubsub.get_message(timeout=remaining_s)
        if message is not None:
            return message["data"] if message["type"] == "message" else ""
    return None


def _answer_to(request: str, data: str) -> _Answer | None:
    # Most of what a mix says are moments: those need not be read.
    if request not in data:
        return None
    try:
        answer = _Answer.model_validate_json(data)
    except ValidationError:
        return None
    return answer if answer.request == request else None
