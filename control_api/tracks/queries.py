"""SQL of single tracks."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import asyncpg

from control_api.db.pool import Connection
from control_api.identity import UserId
from control_api.tracks.models import (
    Decision,
    DecisionOutcome,
    HotCues,
    Problem,
    Track,
    TrackChanges,
    TrackId,
    TrackStatus,
)

TRACK_COLUMNS = (
    "t.*, array(select ct.crate_id from crate_track ct where ct.track_id = t.id"
    " order by ct.added_at, ct.crate_id) as crate_ids"
)
SELECT_OWN = f"select {TRACK_COLUMNS} from track t where t.dj_id = $1 "  # noqa: S608 - columns, nothing from outside


class Lock(StrEnum):
    """What others may do to a row before the transaction ends."""

    NONE = ""
    CHANGE = " for no key update of t"
    """Refer to it, but neither change nor delete it."""
    DELETE = " for update of t"
    """Nothing. Taken at once, and not after CHANGE, or two who refer to it and want more wait for each other."""


EDITABLE = frozenset(TrackChanges.__annotations__)


async def find_track(
    connection: Connection, dj_id: UserId, track_id: TrackId, *, lock: Lock = Lock.NONE
) -> Track | None:
    """The track, when it is in the library of `dj_id`."""
    row = await connection.fetchrow(SELECT_OWN + "and t.id = $2" + lock, dj_id, track_id)
    return track_of(row) if row else None


async def find_tracks(connection: Connection, dj_id: UserId, track_ids: Sequence[TrackId]) -> dict[TrackId, Track]:
    """Those of the tracks that are in the library of `dj_id`."""
    rows = await connection.fetch(SELECT_OWN + "and t.id = any($2::uuid[])", dj_id, list(track_ids))
    return {TrackId(row["id"]): track_of(row) for row in rows}


async def lock_tracks(connection: Connection, dj_id: UserId, track_ids: Collection[TrackId]) -> set[TrackId]:
    """Those of the tracks that are in the library of `dj_id`; none of them is deleted before the transaction ends."""
    rows = await connection.fetch(
        "select id from track where dj_id = $1 and id = any($2::uuid[]) order by id for key share",
        dj_id,
        list(track_ids),
    )
    return {TrackId(row["id"]) for row in rows}


async def find_any_track(connection: Connection, track_id: TrackId, *, lock: Lock = Lock.NONE) -> Track | None:
    """The track whoever it belongs to: for who has shown a right to it in another way."""
    row = await connection.fetchrow(
        f"select {TRACK_COLUMNS} from track t where t.id = $1{lock}",  # noqa: S608 - columns, nothing from outside
        track_id,
    )
    return track_of(row) if row else None


async def update_track(connection: Connection, track_id: TrackId, changes: TrackChanges) -> None:
    """Set the columns. Raises KeyError for one that is not for editing."""
    values: dict[str, object] = dict(changes)
    if unknown := values.keys() - EDITABLE:
        raise KeyError(*unknown)
    if "hot_cues" in values:
        values["hot_cues"] = json.dumps(values["hot_cues"])
    assignments = ", ".join(f"{name} = ${position}" for position, name in enumerate(values, start=2))
    await connection.execute(
        f"update track set {assignments} where id = $1",  # noqa: S608 - names of columns out of EDITABLE
        track_id,
        *values.values(),
    )


async def set_hot_cues(connection: Connection, track_id: TrackId, hot_cues: HotCues) -> None:
    await connection.execute("update track set hot_cues = $2 where id = $1", track_id, json.dumps(hot_cues))


async def release(connection: Connection, track_id: TrackId, decision: Decision) -> None:
    """A track that was held is ready."""
    await connection.execute(
        "update track set status = 'ready', problem_code = null, problem_message = null,"
        " decision = $2, decision_reason = $3, decided_at = $4 where id = $1",
        track_id,
        decision.outcome,
        decision.reason,
        decision.decided_at,
    )


async def reject(connection: Connection, track_id: TrackId, problem: Problem, decision: Decision) -> None:
    """Of a track that was held only this is kept; its objects are somebody else's to delete."""
    await connection.execute(
        "update track set status = 'rejected', problem_code = $2, problem_message = $3, content_id = null,"
        " original_key = null, audio_key = null, audio_bytes = null, cover_key = null, waveform_key = null,"
        " decision = $4, decision_reason = $5, decided_at = $6 where id = $1",
        track_id,
        problem.code,
        problem.message,
        decision.outcome,
        decision.reason,
        decision.decided_at,
    )
    await connection.execute("delete from track_fingerprint where track_id = $1", track_id)


async def set_cover(connection: Connection, track_id: TrackId, cover_key: str) -> None:
    await connection.execute("update track set cover_key = $2 where id = $1", track_id, cover_key)


async def count_play(connection: Connection, track_id: TrackId, played_at: datetime) -> None:
    await connection.execute(
        "update track set play_count = play_count + 1, last_played_at = greatest(last_played_at, $2) where id = $1",
        track_id,
        played_at,
    )


async def delete_track(connection: Connection, track_id: TrackId) -> None:
    await connection.execute("delete from track where id = $1", track_id)


def track_of(row: asyncpg.Record) -> Track:
    """A row of TRACK_COLUMNS."""
    return Track(
        id=TrackId(row["id"]),
        dj_id=UserId(row["dj_id"]),
        status=TrackStatus(row["status"]),
        problem=Problem(row["problem_code"], row["problem_message"] or "") if row["problem_code"] else None,
        decision=_decision(row),
        file_name=row["file_name"],
        suffix=row["suffix"],
        file_size=row["file_size"],
        upload_date=row["upload_date"],
        content_id=row["content_id"],
        original_key=row["original_key"],
        audio_key=row["audio_key"],
        cover_key=row["cover_key"],
        waveform_key=row["waveform_key"],
        scanned=row["scanned"],
        scan_results=json.loads(row["scan_results"]),
        title=row["title"],
        artist=row["artist"],
        album=row["album"],
        genre=row["genre"],
        year=row["year"],
        comment=row["comment"],
        metadata=json.loads(row["metadata"]),
        duration_s=row["duration_s"],
        lufs=row["lufs"],
        trim_db=row["trim_db"],
        bpm=row["bpm"],
        bpm_confidence=row["bpm_confidence"],
        grid_frame=row["grid_frame"],
        grid_edited=row["grid_edited"],
        musical_key=row["musical_key"],
        camelot=row["camelot"],
        structure=_object(row["structure"]),
        hot_cues=tuple(json.loads(row["hot_cues"])),
        cue_frame=row["cue_frame"],
        play_count=row["play_count"],
        last_played_at=row["last_played_at"],
        crate_ids=tuple(UUID(str(crate_id)) for crate_id in row["crate_ids"]),
    )


def _decision(row: asyncpg.Record) -> Decision | None:
    if row["decision"] is None:
        return None
    return Decision(DecisionOutcome(row["decision"]), row["decision_reason"], row["decided_at"])


def _object(text: str | None) -> Mapping[str, Any] | None:
    return None if text is None else json.loads(text)
