"""What each mixer is to run, written to `mixer:mixes:{id}` (ARCHITECTURE.md, "The DJ's show").

Level-triggered: each round makes the hashes equal to PostgreSQL, so what was lost or wiped comes back by itself.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from redis.asyncio import Redis

from control_api.db.pool import Database
from control_api.identity import UserId
from control_api.media.addresses import feed_url
from control_api.media.mixers import MixerRegistry
from control_api.media.models import WorkerSnapshot
from control_api.media.tokens import FEED_LIFE, MediaTokenSigner
from control_api.mixes import event_queries, queries
from control_api.mixes.models import Mix
from control_api.mixes.ports import Queue
from control_api.streams.models import Status, Stream
from control_api.valkey import valkey_outages

QUEUE_AHEAD = 20
RENEW_FEED = FEED_LIFE / 2
MIN_PROGRAMME_BPS = 64_000
"""Mixers encode music at no less, whatever is asked of performers' voices."""

Spec = dict[str, Any]


class DesiredMixes:
    """Only the keeper that holds the lock may call it: two writers would undo each other's work."""

    def __init__(
        self,
        database: Database,
        valkey: Redis,
        mixers: MixerRegistry,
        queue: Queue,
        tokens: MediaTokenSigner,
        *,
        opus_bitrate_bps: int,
        recordings_max_bytes: int,
    ) -> None:
        self._database = database
        self._valkey = valkey
        self._mixers = mixers
        self._queue = queue
        self._tokens = tokens
        self._opus_bitrate_bps = max(opus_bitrate_bps, MIN_PROGRAMME_BPS)
        self._recordings_max_bytes = recordings_max_bytes

    async def write(self, mixes: Sequence[tuple[Mix, Stream]], workers: Mapping[str, WorkerSnapshot]) -> None:
        """Make every mixer's hash say `mixes`, each with the stream it belongs to. Raises ServiceUnavailable."""
        of_mixer: dict[str, list[tuple[Mix, Stream]]] = {mixer_id: [] for mixer_id in await self._mixers.known_ids()}
        for mix, stream in mixes:
            of_mixer.setdefault(mix.mixer_id, []).append((mix, stream))
        async with self._database.connection() as connection:
            recorded = await event_queries.recorded_bytes(connection, {mix.lead_id for mix, _ in mixes})
        for mixer_id, its_mixes in of_mixer.items():
            await self._write_for(mixer_id, its_mixes, workers, recorded)

    async def _write_for(
        self,
        mixer_id: str,
        mixes: Sequence[tuple[Mix, Stream]],
        workers: Mapping[str, WorkerSnapshot],
        recorded: Mapping[UserId, int],
    ) -> None:
        key = f"mixer:mixes:{mixer_id}"
        with valkey_outages():
            stored = cast("dict[str, str]", await self._valkey.hgetall(key))
        changed: dict[Any, Any] = {}
        for mix, stream in mixes:
            before = _read(stored.get(str(mix.stream_id)))
            room = max(0, self._recordings_max_bytes - recorded.get(mix.lead_id, 0))
            spec = await self._spec(mix, stream, workers.get(stream.worker_id), before, room)
            if spec is not None and spec != before:
                # A revision names one content: whoever has seen a higher one has seen a newer.
                spec["revision"] = max(mix.revision, before.get("revision", 0)) + 1
                async with self._database.connection() as connection:
                    await queries.set_revision(connection, mix.stream_id, spec["revision"])
                changed[str(mix.stream_id)] = json.dumps(spec)
        gone = stored.keys() - {str(mix.stream_id) for mix, _ in mixes}
        if not changed and not gone:
            return
        with valkey_outages():
            async with self._valkey.pipeline(transaction=True) as pipeline:
                if changed:
                    pipeline.hset(key, mapping=changed)
                if gone:
                    pipeline.hdel(key, *gone)
                pipeline.publish(f"mixer:poke:{mixer_id}", mixer_id)
                await pipeline.execute()

    async def _spec(
        self, mix: Mix, stream: Stream, worker: WorkerSnapshot | None, before: Spec, recording_room: int
    ) -> Spec | None:
        """The spec of a mix, with the revision it had `before`; None while there is no worker to feed."""
        feed = self._feed(mix, worker, before.get("feed"))
        if feed is None:
            return None
        return {
            "stream_id": str(mix.stream_id),
            "revision": before.get("revision", mix.revision),
            "deck_count": mix.deck_count,
            "on_air": stream.status is Status.LIVE,
            "opus_bitrate_bps": self._opus_bitrate_bps,
            "recording_room_bytes": recording_room,
            "lead": str(mix.lead_id),
            "members": [{"user_id": str(member.user_id), "name": member.username} for member in mix.members],
            "feed": feed,
            "queue": [entry.to_json() for entry in await self._queue.next_entries(mix.lead_id, QUEUE_AHEAD)],
        }

    def _feed(self, mix: Mix, worker: WorkerSnapshot | None, before: dict[str, str] | None) -> dict[str, str] | None:
        """Where and with which token. While there is no word of the worker, what was said before holds."""
        if worker is None:
            return before
        url = feed_url(worker, mix.stream_id)
        if before is not None and before.get("url") == url and self._is_good(mix, before.get("token", "")):
            return before
        return {"url": url, "token": self._tokens.feed(mix.stream_id, mix.mixer_id, mix.feed_generation).text}

    def _is_good(self, mix: Mix, token: str) -> bool:
        return self._tokens.is_good_feed(
            token, mix.stream_id, mix.mixer_id, mix.feed_generation, for_at_least=RENEW_FEED
        )


def _read(raw: str | None) -> Spec:
    """A spec as it was written, {} when there is none or it is not one."""
    if raw is None:
        return {}
    try:
        spec = json.loads(raw)
    except ValueError:
        return {}
    return spec if isinstance(spec, dict) else {}
