"""Tracks, recordings and plays put beside the application, as inspection and mixes would."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from control_api.objects.store import Objects
from control_api.tracks.waveforms import HEADER, MAGIC
from tests.control_api.support.api import Account, Api

UPLOADED = datetime(2026, 3, 1, 20, 15, tzinfo=UTC)
AUDIO = bytes(range(256)) * 40
COVER = b"\xff\xd8\xff\xe0 a picture"
OVERVIEW, FULL = bytes(range(40)), bytes(range(100, 220))
WAVEFORM = HEADER.pack(MAGIC, len(OVERVIEW) // 4, len(FULL) // 4, 150.0, 0) + OVERVIEW + FULL
JSON_COLUMNS = frozenset({"hot_cues", "structure", "metadata", "scan_results"})


def objects_of(api: Api) -> Objects:
    return Objects.of(api.settings)


def folder_of(owner: UUID, track_id: UUID) -> str:
    return f"tracks/{owner}/2026/03/01/{track_id}"


async def add_track(api: Api, by: Account, title: str = "Night Train", **columns: Any) -> str:
    """A track that is ready, unless `columns` say something else; its files are not there."""
    track_id = uuid4()
    folder = folder_of(by.user_id, track_id)
    values: dict[str, Any] = {
        "id": track_id,
        "dj_id": by.user_id,
        "title": title,
        "status": "ready",
        "file_name": f"{track_id}.wav",
        "suffix": ".wav",
        "file_size": 1_000,
        "upload_date": UPLOADED,
        "content_id": sha256(track_id.bytes).hexdigest(),
        "original_key": f"{folder}/original.wav",
        "audio_key": f"{folder}/audio.mp3",
        "duration_s": 240.5,
        **columns,
    }
    names = list(values)
    places = [f"${place}" + ("::jsonb" if name in JSON_COLUMNS else "") for place, name in enumerate(names, start=1)]
    arguments = [json.dumps(value) if name in JSON_COLUMNS else value for name, value in values.items()]
    insert = f"insert into track ({', '.join(names)}) values ({', '.join(places)})"  # noqa: S608 - names of our own
    await api.execute(insert, *arguments)
    return str(track_id)


async def add_track_with_files(api: Api, by: Account, title: str = "Night Train", **columns: Any) -> str:
    """A track that is ready, with everything that it sounds and looks like."""
    track_id = uuid4()
    folder = folder_of(by.user_id, track_id)
    keys = {"cover_key": f"{folder}/cover.jpg", "waveform_key": f"{folder}/waveform.bin"}
    await add_track(
        api,
        by,
        title,
        id=track_id,
        original_key=f"{folder}/original.wav",
        audio_key=f"{folder}/audio.mp3",
        **keys | columns,
    )
    objects = objects_of(api)
    for name, content in {
        "original.wav": b"the original",
        "audio.mp3": AUDIO,
        "cover.jpg": COVER,
        "waveform.bin": WAVEFORM,
    }.items():
        await objects.put(f"{folder}/{name}", content)
    return str(track_id)


async def add_processing_track(api: Api, by: Account, title: str = "Night Train") -> str:
    return await add_track(
        api, by, title, status="processing", content_id=None, original_key=None, audio_key=None, duration_s=None
    )


async def add_held_track(api: Api, by: Account, title: str = "Night Train") -> str:
    return await add_track(
        api, by, title, status="held", problem_code="COPYRIGHT_CLAIM", problem_message="Somebody claims it."
    )


async def add_stream(api: Api, by: Account, title: str = "Friday") -> UUID:
    """A stream of that DJ which has ended."""
    rows = await api.execute(
        "insert into stream (creator_id, creator_type, title, description, worker_id, status, media_state,"
        " media_state_since, ended_reason, start_time, end_time, publish_granted_at)"
        " values ($1, 'dj', $2, '', 'worker-1', 'ended', 'ended', $3, 'ended', $3, $3, $3) returning id",
        by.user_id,
        title,
        UPLOADED,
    )
    return UUID(str(rows[0]["id"]))


async def library_titles(api: Api, by: Account, query: str = "") -> list[str]:
    page = (await api.get("/dj/tracks" + query, by=by)).data
    return [track["title"] for track in page["items"]]
