"""SQL of inspection: of tracks that are looked at, and of their fingerprints."""

import json
from collections.abc import Sequence

import asyncpg

from control_api.db.pool import Connection
from control_api.identity import UserId
from control_api.inspection.findings import Analysis
from control_api.inspection.models import Kept, Problem, Scans, Subject
from control_api.tracks.models import TrackId, TrackStatus

MOST_CANDIDATES = 100


async def find_subject(connection: Connection, track_id: TrackId) -> Subject | None:
    row = await connection.fetchrow("select * from track where id = $1", track_id)
    return _subject(row) if row else None


async def lock_subject(connection: Connection, track_id: TrackId) -> Subject | None:
    """The track, which nobody changes or deletes before the end of the transaction."""
    row = await connection.fetchrow("select * from track where id = $1 for update", track_id)
    return _subject(row) if row else None


async def lock_dj(connection: Connection, dj_id: UserId) -> None:
    """Have other conclusions about this DJ's tracks wait, so that of two equal files one is first."""
    await connection.execute("select 1 from app_user where id = $1 for no key update", dj_id)


async def find_same_content(connection: Connection, subject: Subject, content_id: str) -> asyncpg.Record | None:
    """Id and title of a kept track of the DJ with the same bytes."""
    return await connection.fetchrow(
        "select id, title from track where dj_id = $1 and content_id = $2 and id <> $3"
        " and status in ('ready', 'held') order by upload_date limit 1",
        subject.dj_id,
        content_id,
        subject.id,
    )


async def reject(connection: Connection, track_id: TrackId, problem: Problem, scans: Scans) -> None:
    """Only why is kept."""
    await connection.execute(
        "update track set status = 'rejected', problem_code = $2, problem_message = $3, scanned = true,"
        " scan_results = $4::jsonb where id = $1 and status = 'processing'",
        track_id,
        problem.code,
        problem.message,
        json.dumps(scans.to_json()),
    )


async def keep(connection: Connection, subject: Subject, kept: Kept, problem: Problem | None, scans: Scans) -> None:
    """Ready, or held where there is a problem."""
    found, tags = kept.found, kept.found.tags
    metadata = {
        "container": found.container,
        "codec": found.sound.codec,
        "sampleRateHz": found.sound.sample_rate_hz,
        "channels": found.sound.channels,
        "sampleFormat": found.sound.sample_format,
        "bitRateBps": found.sound.bit_rate_bps,
        "tags": tags.other,
    }
    await connection.execute(
        "update track set status = $2, problem_code = $3, problem_message = $4, content_id = $5, original_key = $6,"
        " audio_key = $7, audio_bytes = $8, cover_key = $9, scanned = true, scan_results = $10::jsonb,"
        " title = $11, artist = $12, album = $13, genre = $14, year = $15, comment = $16, metadata = $17::jsonb"
        " where id = $1",
        subject.id,
        TrackStatus.HELD if problem else TrackStatus.READY,
        problem.code if problem else None,
        problem.message if problem else None,
        found.content_id,
        subject.original,
        subject.key("audio.mp3"),
        kept.audio_bytes,
        kept.cover_key,
        json.dumps(scans.to_json()),
        tags.title or subject.title,
        tags.artist,
        tags.album,
        tags.genre,
        tags.year,
        tags.comment,
        json.dumps(metadata),
    )
    await set_analysis(connection, subject, found.analysis)
    await connection.execute(
        "insert into track_fingerprint (track_id, fingerprint, duration_s) values ($1, $2, $3)"
        " on conflict (track_id) do update set fingerprint = excluded.fingerprint, duration_s = excluded.duration_s",
        subject.id,
        found.fingerprint,
        found.analysis.duration_s,
    )


async def set_analysis(connection: Connection, subject: Subject, analysis: Analysis) -> None:
    """A grid that the DJ has edited stays."""
    structure = json.dumps(analysis.structure.model_dump()) if analysis.structure else None
    await connection.execute(
        "update track set waveform_key = $2, duration_s = $3, lufs = $4, trim_db = $5,"
        " bpm = case when grid_edited then bpm else $6 end,"
        " bpm_confidence = case when grid_edited then bpm_confidence else $7 end,"
        " grid_frame = case when grid_edited then grid_frame else $8 end,"
        " musical_key = $9, camelot = $10, key_confidence = $11, structure = $12::jsonb where id = $1",
        subject.id,
        subject.key("waveform.bin"),
        analysis.duration_s,
        analysis.lufs,
        analysis.trim_db,
        analysis.bpm,
        analysis.bpm_confidence,
        analysis.grid_frame,
        analysis.key,
        analysis.camelot,
        analysis.key_confidence,
        structure,
    )


async def own_tracks_like(connection: Connection, subject: Subject, fingerprint: Sequence[int]) -> list[asyncpg.Record]:
    """The DJ's other kept tracks that have a number in common with a fingerprint."""
    return list(
        await connection.fetch(
            "select t.id, t.title, f.fingerprint, f.duration_s"
            " from track_fingerprint f join track t on t.id = f.track_id"
            " where t.dj_id = $1 and t.id <> $2 and t.status in ('ready', 'held') and f.fingerprint && $3::integer[]"
            " order by t.upload_date limit $4",
            subject.dj_id,
            subject.id,
            fingerprint,
            MOST_CANDIDATES,
        )
    )


def _subject(row: asyncpg.Record) -> Subject:
    return Subject(
        id=TrackId(row["id"]),
        dj_id=UserId(row["dj_id"]),
        status=TrackStatus(row["status"]),
        suffix=row["suffix"],
        title=row["title"],
        upload_date=row["upload_date"],
        original_key=row["original_key"],
        waveform_key=row["waveform_key"],
    )
