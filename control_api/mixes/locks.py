"""Mixes locked for a change, for those who may make it."""

from control_api.db.pool import Connection
from control_api.identity import StreamId, UserId
from control_api.mixes import queries
from control_api.mixes.errors import MixNotFound, NotLead
from control_api.mixes.models import Mix


async def lock_for_member(connection: Connection, stream_id: StreamId, user_id: UserId) -> Mix:
    """Raises MixNotFound to those who are not in it."""
    mix = await queries.lock_open(connection, stream_id)
    if mix is None or not mix.has_member(user_id):
        raise MixNotFound
    return mix


async def lock_for_lead(connection: Connection, stream_id: StreamId, user_id: UserId) -> Mix:
    """Raises MixNotFound to those who are not in it, NotLead to the other members."""
    mix = await lock_for_member(connection, stream_id, user_id)
    if mix.lead_id != user_id:
        raise NotLead
    return mix
