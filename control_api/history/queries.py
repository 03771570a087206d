"""SQL of plays and recordings, and of how many files there are."""

import asyncpg

from control_api.db.pool import Connection
from control_api.history.models import FileCounts, Play, PlayId, Recording, RecordingId
from control_api.identity import StreamId, UserId
from control_api.tracks.models import TrackId

PLAYS = "from play p join stream s on s.id = p.stream_id where p.dj_id = $1 and ($2::uuid is null or p.stream_id = $2)"
SELECT_RECORDING = "select r.*, s.title as stream_title from mix_recording r join stream s on s.id = r.stream_id "


async def page_plays(
    connection: Connection, dj_id: UserId, stream_id: StreamId | None, *, offset: int, limit: int
) -> tuple[list[Play], int]:
    """The newest first, and how many there are in all."""
    total: int = await connection.fetchval("select count(*) " + PLAYS, dj_id, stream_id)
    rows = await connection.fetch(
        "select p.*, s.title as stream_title " + PLAYS + " order by p.played_at desc, p.id limit $3 offset $4",
        dj_id,
        stream_id,
        limit,
        offset,
    )
    return [_play(row) for row in rows], total


async def page_recordings(
    connection: Connection, dj_id: UserId, *, offset: int, limit: int
) -> tuple[list[Recording], int]:
    """The newest first, and how many there are in all."""
    total: int = await connection.fetchval("select count(*) from mix_recording where dj_id = $1", dj_id)
    rows = await connection.fetch(
        SELECT_RECORDING + "where r.dj_id = $1 order by r.started_at desc, r.id limit $2 offset $3",
        dj_id,
        limit,
        offset,
    )
    return [_recording(row) for row in rows], total


async def find_recording(connection: Connection, dj_id: UserId, recording_id: RecordingId) -> Recording | None:
    row = await connection.fetchrow(SELECT_RECORDING + "where r.dj_id = $1 and r.id = $2", dj_id, recording_id)
    return _recording(row) if row else None


async def find_any_recording(connection: Connection, recording_id: RecordingId) -> Recording | None:
    """The recording whoever it belongs to: for who has shown a right to it in another way."""
    row = await connection.fetchrow(SELECT_RECORDING + "where r.id = $1", recording_id)
    return _recording(row) if row else None


async def delete_recording(connection: Connection, dj_id: UserId, recording_id: RecordingId) -> list[str] | None:
    """The keys of its objects; None when the DJ has no such recording."""
    row = await connection.fetchrow(
        "delete from mix_recording where dj_id = $1 and id = $2 returning object_key, cue_sheet_key",
        dj_id,
        recording_id,
    )
    return [row["object_key"], row["cue_sheet_key"]] if row else None


async def count_files(connection: Connection, dj_id: UserId) -> FileCounts:
    row = await connection.fetchrow(
        "select (select count(*) from track where dj_id = $1) as tracks, count(*) as recordings,"
        " coalesce(sum(bytes), 0)::bigint as recordings_bytes from mix_recording where dj_id = $1",
        dj_id,
    )
    assert row is not None
    return FileCounts(row["tracks"], row["recordings"], row["recordings_bytes"])


def _play(row: asyncpg.Record) -> Play:
    return Play(
        id=PlayId(row["id"]),
        stream_id=StreamId(row["stream_id"]),
        stream_title=row["stream_title"],
        track_id=TrackId(row["track_id"]) if row["track_id"] else None,
        title=row["title"],
        artist=row["artist"],
        played_at=row["played_at"],
        on_air=row["on_air"],
        by_auto_dj=row["by_auto_dj"],
    )


def _recording(row: asyncpg.Record) -> Recording:
    return Recording(
        id=RecordingId(row["id"]),
        stream_id=StreamId(row["stream_id"]),
        stream_title=row["stream_title"],
        object_key=row["object_key"],
        cue_sheet_key=row["cue_sheet_key"],
        started_at=row["started_at"],
        duration_s=row["duration_s"],
        bytes=row["bytes"],
    )
