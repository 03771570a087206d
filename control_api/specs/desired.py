"""What is wanted of each live stream, written to `media:spec:{stream_id}` (ARCHITECTURE.md, "Streams as frames").

Level-triggered: each round makes Valkey equal to PostgreSQL, so what was lost or wiped comes back by itself.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from redis.asyncio import Redis

from control_api.db.pool import Database
from control_api.identity import StreamId
from control_api.replays.models import RecordingWish
from control_api.specs import queries
from control_api.specs.ports import Recordings, Targets
from control_api.streams.models import Stream
from control_api.targets.models import TargetForWorker
from control_api.valkey import valkey_outages

WRITTEN = "media:specs"
"""The ids of streams that have a spec, for us alone."""
CHANGED = "media:spec-changed"
LIFE_S = 86_400

Spec = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SpecDefaults:
    """What is the same for all streams: `rewind_s` is how far back viewers may go, `ladder` whether renditions are made
    where the source brings none."""

    rewind_s: int
    ladder: bool


class DesiredSpecs:
    """Only the keeper that holds the lock may call it: two writers would undo each other's work."""

    def __init__(
        self, database: Database, valkey: Redis, recordings: Recordings, targets: Targets, defaults: SpecDefaults
    ) -> None:
        self._database = database
        self._valkey = valkey
        self._recordings = recordings
        self._targets = targets
        self._defaults = defaults

    async def write(self, streams: Sequence[Stream]) -> None:
        """Have a spec for each of these live streams, and no others. Raises ServiceUnavailable."""
        recordings = await self._recordings.wanted([stream.id for stream in streams]) if streams else {}
        targets = await self._targets.for_workers({stream.creator_id for stream in streams}) if streams else {}
        written, stored = await self._read(streams)
        changed: dict[StreamId, Spec] = {}
        for stream in streams:
            before = stored[stream.id]
            spec = self._spec(stream, recordings.get(stream.id), targets.get(stream.creator_id, ()))
            if spec | {"revision": None} == before | {"revision": None}:
                continue
            # A revision names one content: whoever has seen a higher one has seen a newer.
            async with self._database.connection() as connection:
                revision = await queries.next_revision(connection, stream.id, _revision(before))
            if revision is not None:
                changed[stream.id] = spec | {"revision": revision}
        gone = written - {str(stream.id) for stream in streams}
        with valkey_outages():
            async with self._valkey.pipeline(transaction=True) as pipeline:
                for stream in streams:
                    if stream.id not in changed:
                        pipeline.expire(_key(stream.id), LIFE_S)
                for stream_id, spec in changed.items():
                    pipeline.set(_key(stream_id), json.dumps(spec), ex=LIFE_S)
                    pipeline.sadd(WRITTEN, str(stream_id))
                    pipeline.publish(CHANGED, str(stream_id))
                for stream_id_text in gone:
                    pipeline.delete(_key(stream_id_text))
                    pipeline.srem(WRITTEN, stream_id_text)
                    pipeline.publish(CHANGED, stream_id_text)
                await pipeline.execute()

    async def _read(self, streams: Sequence[Stream]) -> tuple[set[str], dict[StreamId, Spec]]:
        """The ids of what is written, and the specs of these streams as they are; {} where there is none."""
        with valkey_outages():
            written = cast("set[str]", await self._valkey.smembers(WRITTEN))
            keys = [_key(stream.id) for stream in streams]
            raws = cast("list[str | None]", await self._valkey.mget(keys)) if keys else []
        return written, {stream.id: _parsed(raw) for stream, raw in zip(streams, raws, strict=True)}

    def _spec(self, stream: Stream, recording: RecordingWish | None, targets: Sequence[TargetForWorker]) -> Spec:
        return {
            "stream_id": str(stream.id),
            "creator_id": str(stream.creator_id),
            "recording": _recording(recording),
            "rewind_s": self._defaults.rewind_s,
            "ladder": self._defaults.ladder,
            "targets": [
                {"target_id": str(target.id), "url": target.url, "sealed_key": target.sealed_key} for target in targets
            ],
        }


def _recording(wish: RecordingWish | None) -> Mapping[str, Any] | None:
    if wish is None:
        return None
    return {"recording_id": str(wish.replay_id), "prefix": wish.prefix, "room_bytes": wish.room_bytes}


def _key(stream_id: StreamId | str) -> str:
    return f"media:spec:{stream_id}"


def _revision(spec: Spec) -> int:
    revision = spec.get("revision")
    return revision if isinstance(revision, int) else 0


def _parsed(raw: str | None) -> Spec:
    """A spec as it was written, {} when there is none or it is not one."""
    if raw is None:
        return {}
    try:
        spec = json.loads(raw)
    except ValueError:
        return {}
    return spec if isinstance(spec, dict) else {}
