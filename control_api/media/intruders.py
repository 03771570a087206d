"""Those who are still in a booth at a media worker, and are not of its mix any more."""

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from typing import Protocol

from control_api.db.pool import Connection
from control_api.identity import StreamId, UserId
from control_api.media.models import WorkerSnapshot


class BoothMembers(Protocol):
    async def members_of_open(
        self, connection: Connection, stream_ids: Collection[StreamId]
    ) -> Mapping[StreamId, AbstractSet[UserId]]:
        """Who is a member of which open mix; what is none, or closed, is left out."""


async def find_intruders(
    connection: Connection, members: BoothMembers, workers: Mapping[str, WorkerSnapshot]
) -> list[tuple[str, StreamId, UserId]]:
    """Whom to drop from which booth, and the worker that has them.

    Ask after the snapshots were read: who is in one was let in as a member that was committed by then.
    """
    booths = {stream_id for worker in workers.values() for stream_id in worker.booths}
    if not booths:
        return []
    may_stay = await members.members_of_open(connection, booths)
    return [
        (worker_id, stream_id, user_id)
        for worker_id, worker in workers.items()
        for stream_id, present in worker.booths.items()
        for user_id in sorted(present - may_stay.get(stream_id, frozenset()))
    ]
