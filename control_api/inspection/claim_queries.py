"""SQL of the register of claimed works, and of the tracks that are held for one."""

import json
from collections.abc import Sequence
from uuid import UUID

import asyncpg

from control_api.db.pool import Connection
from control_api.inspection.models import ClaimedWork, Problem
from control_api.tracks.models import TrackId

MOST_CANDIDATES = 100


async def claimed_works_like(connection: Connection, fingerprint: Sequence[int]) -> list[asyncpg.Record]:
    """Works under claim that have a number in common with a fingerprint."""
    return list(
        await connection.fetch(
            "select id, title, claimant, fingerprint, duration_s from claimed_work"
            " where withdrawn_at is null and fingerprint && $1::integer[] order by created_at limit $2",
            fingerprint,
            MOST_CANDIDATES,
        )
    )


async def find_work(connection: Connection, work_id: UUID) -> ClaimedWork | None:
    """Also one that was withdrawn."""
    row = await connection.fetchrow("select * from claimed_work where id = $1", work_id)
    if row is None:
        return None
    return ClaimedWork(
        row["id"], row["title"], row["claimant"], row["fingerprint"], row["duration_s"], row["withdrawn_at"] is not None
    )


async def ready_tracks_like(
    connection: Connection, work_id: UUID, fingerprint: Sequence[int], *, after: TrackId | None, limit: int
) -> list[asyncpg.Record]:
    """Id and fingerprint of the next tracks, whoever they belong to, that have a number in common with a work, by id.
    What a moderator has released from this very claim is left alone."""
    return list(
        await connection.fetch(
            "select t.id, f.fingerprint from track_fingerprint f join track t on t.id = f.track_id"
            " where t.status = 'ready' and f.fingerprint && $2::integer[] and ($3::uuid is null or t.id > $3)"
            " and not exists (select from moderator_act a"
            " where a.track_id = t.id and a.claim_id = $1 and a.act = 'track_released')"
            " order by t.id limit $4",
            work_id,
            fingerprint,
            after,
            limit,
        )
    )


async def was_released(connection: Connection, track_id: TrackId, work_id: UUID) -> bool:
    """Whether a moderator has let this track go although it has this work in it."""
    return bool(
        await connection.fetchval(
            "select exists (select from moderator_act"
            " where track_id = $1 and claim_id = $2 and act = 'track_released')",
            track_id,
            work_id,
        )
    )


async def held_tracks_of(connection: Connection, work_id: UUID) -> list[asyncpg.Record]:
    """Id and fingerprint of the tracks that are held for a claim."""
    return list(
        await connection.fetch(
            "select t.id, f.fingerprint from track t join track_fingerprint f on f.track_id = t.id"
            " where t.status = 'held' and t.scan_results->>'claimId' = $1 order by t.id",
            str(work_id),
        )
    )


async def hold(
    connection: Connection, track_id: TrackId, problem: Problem, work_id: UUID, seconds: float
) -> asyncpg.Record | None:
    """Hold a track that is ready, or held for something else; its row, None when it is neither. What was decided about
    it before was about another claim."""
    return await connection.fetchrow(
        "update track set status = 'held', problem_code = $2, problem_message = $3, scan_results = scan_results ||"
        " $4::jsonb, decision = null, decision_reason = null, decided_at = null"
        " where id = $1 and status in ('ready', 'held') returning id, dj_id, status",
        track_id,
        problem.code,
        problem.message,
        json.dumps({"claimId": str(work_id), "claimSeconds": round(seconds, 1)}),
    )


async def let_go(connection: Connection, track_id: TrackId, work_id: UUID) -> asyncpg.Record | None:
    """Make a track ready that is still held for this claim; its row, None when it is not."""
    return await connection.fetchrow(
        "update track set status = 'ready', problem_code = null, problem_message = null,"
        " scan_results = scan_results - 'claimId' - 'claimSeconds'"
        " where id = $1 and status = 'held' and scan_results->>'claimId' = $2 returning id, dj_id, status",
        track_id,
        str(work_id),
    )
