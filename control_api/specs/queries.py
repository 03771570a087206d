"""SQL of the specs of streams."""

from control_api.db.pool import Connection
from control_api.identity import StreamId


async def next_revision(connection: Connection, stream_id: StreamId, above: int) -> int | None:
    """A revision that is higher than `above` and than all before; None when there is no such stream."""
    revision: int | None = await connection.fetchval(
        "update stream set spec_revision = greatest(spec_revision, $2) + 1 where id = $1 returning spec_revision",
        stream_id,
        above,
    )
    return revision
