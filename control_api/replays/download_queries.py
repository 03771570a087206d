"""SQL of the files that are made of replays."""

from datetime import datetime

from control_api.db.pool import Connection
from control_api.replays.models import DownloadState, ReplayId


async def begin(connection: Connection, replay_id: ReplayId) -> DownloadState | None:
    """Have it made if it is not: what its state was before. A failure is forgotten, so that it can be asked for again.
    None when there is no such replay."""
    before: str | None = await connection.fetchval(
        "with before as (select id, download_state from replay where id = $1 for update)"
        " update replay r set download_state = case b.download_state when 'none' then 'making'"
        " when 'failed' then 'none' else b.download_state end, download_progress = case when"
        " b.download_state in ('none', 'failed') then 0 else r.download_progress end"
        " from before b where r.id = b.id returning b.download_state",
        replay_id,
    )
    return DownloadState(before) if before is not None else None


async def set_progress(connection: Connection, replay_id: ReplayId, progress: float) -> bool:
    """False when it is not wanted any more."""
    tag = await connection.execute(
        "update replay set download_progress = $2 where id = $1 and download_state = 'making'", replay_id, progress
    )
    return tag == "UPDATE 1"


async def finish(connection: Connection, replay_id: ReplayId, key: str, duration_s: float, now: datetime) -> bool:
    """False when it is not wanted any more, or the replay has grown since."""
    tag = await connection.execute(
        "update replay set download_state = 'ready', download_progress = 1, download_key = $2,"
        " download_made_at = $4 where id = $1 and download_state = 'making' and duration_s = $3",
        replay_id,
        key,
        duration_s,
        now,
    )
    return tag == "UPDATE 1"


async def fail(connection: Connection, replay_id: ReplayId) -> None:
    await connection.execute(
        "update replay set download_state = 'failed', download_progress = 0"
        " where id = $1 and download_state = 'making'",
        replay_id,
    )


async def forget_old(connection: Connection, before: datetime, limit: int) -> list[str]:
    """The keys of files that were made before then, and are forgotten."""
    rows = await connection.fetch(
        "with old as (select id, download_key from replay where download_made_at < $1 limit $2 for update)"
        " update replay r set download_state = 'none', download_progress = 0, download_key = null,"
        " download_made_at = null from old where r.id = old.id returning old.download_key",
        before,
        limit,
    )
    return [row["download_key"] for row in rows]
