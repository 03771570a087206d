"""One's own stream, for what nobody else may do with it."""

from control_api.db.pool import Connection
from control_api.errors import Forbidden
from control_api.identity import Actor, StreamId
from control_api.streams import queries
from control_api.streams.errors import StreamNotFound
from control_api.streams.models import Stream


async def own_stream(connection: Connection, actor: Actor, stream_id: StreamId) -> Stream:
    """Raises StreamNotFound, and Forbidden for what somebody else has and the actor may know of."""
    stream = await queries.find_stream(connection, stream_id)
    if stream is None or (not stream.is_public and stream.creator_id != actor.user_id):
        raise StreamNotFound
    if stream.creator_id != actor.user_id:
        raise Forbidden("This is not your stream.")
    return stream
