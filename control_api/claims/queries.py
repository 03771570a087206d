"""SQL of claims, of what is held for them, and of what moderators did."""

from datetime import datetime
from uuid import UUID

import asyncpg

from control_api.claims.models import Act, Claim, ClaimId, HeldTrack, ModeratorAct, Sound
from control_api.db.pool import Connection
from control_api.identity import UserId
from control_api.tracks.models import Problem, TrackId

CLAIMS = (
    "select c.id, c.title, c.claimant, c.duration_s, c.created_at, c.withdrawn_at, (select count(*) from track t"
    " where t.status = 'held' and t.scan_results->>'claimId' = c.id::text) as held_tracks from claimed_work c"
)


async def page_claims(
    connection: Connection, *, is_withdrawn: bool, offset: int, limit: int
) -> tuple[list[Claim], int]:
    """The newest first, and how many there are."""
    total = await connection.fetchval(
        "select count(*) from claimed_work where (withdrawn_at is not null) = $1", is_withdrawn
    )
    rows = await connection.fetch(
        CLAIMS + " where (c.withdrawn_at is not null) = $1 order by c.created_at desc, c.id limit $2 offset $3",
        is_withdrawn,
        limit,
        offset,
    )
    return [_claim(row) for row in rows], total


async def find_claim(connection: Connection, claim_id: ClaimId) -> Claim | None:
    row = await connection.fetchrow(CLAIMS + " where c.id = $1", claim_id)
    return _claim(row) if row else None


async def insert_claim(connection: Connection, title: str, claimant: str, sound: Sound, now: datetime) -> ClaimId:
    claim_id = await connection.fetchval(
        "insert into claimed_work (title, claimant, fingerprint, duration_s, created_at) values ($1, $2, $3, $4, $5)"
        " returning id",
        title,
        claimant,
        sound.fingerprint,
        sound.duration_s,
        now,
    )
    return ClaimId(UUID(str(claim_id)))


async def withdraw_claim(connection: Connection, claim_id: ClaimId, now: datetime) -> bool:
    """Whether there was one to withdraw."""
    tag = await connection.execute(
        "update claimed_work set withdrawn_at = $2 where id = $1 and withdrawn_at is null", claim_id, now
    )
    return tag == "UPDATE 1"


async def find_sound(connection: Connection, track_id: TrackId) -> Sound | None:
    """What a kept track sounds like."""
    row = await connection.fetchrow(
        "select f.fingerprint, f.duration_s from track_fingerprint f where f.track_id = $1", track_id
    )
    return Sound(row["fingerprint"], row["duration_s"]) if row and row["fingerprint"] else None


async def page_held(connection: Connection, *, offset: int, limit: int) -> tuple[list[HeldTrack], int]:
    """Who waits longest first, and how many there are."""
    total = await connection.fetchval("select count(*) from track where status = 'held'")
    rows = await connection.fetch(
        "select t.id, t.title, t.artist, t.file_name, t.duration_s, t.upload_date, t.dj_id, u.username,"
        " t.problem_code, t.problem_message, c.id as claim_id, c.title as claim_title, c.claimant,"
        " (t.scan_results->>'claimSeconds')::double precision as claim_seconds"
        " from track t join app_user u on u.id = t.dj_id"
        " left join claimed_work c on c.id = (t.scan_results->>'claimId')::uuid"
        " where t.status = 'held' order by t.upload_date, t.id limit $1 offset $2",
        limit,
        offset,
    )
    return [_held(row) for row in rows], total


async def insert_act(
    connection: Connection,
    act: Act,
    moderator_id: UserId,
    *,
    title: str,
    reason: str,
    now: datetime,
    track_id: TrackId | None = None,
    dj_id: UserId | None = None,
    claim_id: ClaimId | None = None,
) -> None:
    await connection.execute(
        "insert into moderator_act (acted_at, moderator_id, moderator_name, act, track_id, dj_id, claim_id, title,"
        " reason) select $1, u.id, u.username, $3, $4, $5, $6, $7, $8 from app_user u where u.id = $2",
        now,
        moderator_id,
        act,
        track_id,
        dj_id,
        claim_id,
        title,
        reason,
    )


async def page_acts(connection: Connection, *, offset: int, limit: int) -> tuple[list[ModeratorAct], int]:
    """The newest first, and how many there are."""
    total = await connection.fetchval("select count(*) from moderator_act")
    rows = await connection.fetch(
        "select * from moderator_act order by acted_at desc, id limit $1 offset $2", limit, offset
    )
    return [_act(row) for row in rows], total


def _claim(row: asyncpg.Record) -> Claim:
    return Claim(
        id=ClaimId(row["id"]),
        title=row["title"],
        claimant=row["claimant"],
        duration_s=row["duration_s"],
        created_at=row["created_at"],
        withdrawn_at=row["withdrawn_at"],
        held_tracks=row["held_tracks"],
    )


def _held(row: asyncpg.Record) -> HeldTrack:
    return HeldTrack(
        id=TrackId(row["id"]),
        title=row["title"],
        artist=row["artist"],
        file_name=row["file_name"],
        duration_s=row["duration_s"],
        upload_date=row["upload_date"],
        dj_id=UserId(row["dj_id"]),
        dj_name=row["username"],
        problem=Problem(row["problem_code"], row["problem_message"] or ""),
        claim_id=ClaimId(row["claim_id"]) if row["claim_id"] else None,
        claim_title=row["claim_title"],
        claimant=row["claimant"],
        claim_seconds=row["claim_seconds"],
    )


def _act(row: asyncpg.Record) -> ModeratorAct:
    return ModeratorAct(
        id=row["id"],
        acted_at=row["acted_at"],
        moderator_id=UserId(row["moderator_id"]),
        moderator_name=row["moderator_name"],
        act=Act(row["act"]),
        track_id=TrackId(row["track_id"]) if row["track_id"] else None,
        dj_id=UserId(row["dj_id"]) if row["dj_id"] else None,
        claim_id=ClaimId(row["claim_id"]) if row["claim_id"] else None,
        title=row["title"],
        reason=row["reason"],
    )
