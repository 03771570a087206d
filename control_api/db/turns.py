"""Transactions that change one user's collection take turns."""

from uuid import UUID

from control_api.db.pool import Connection


async def take_turn(connection: Connection, collection: str, owner_id: UUID) -> None:
    """Wait until no other transaction has the turn on `collection` of the owner; held until this one ends.

    For rules over several rows that rows alone cannot lock, such as how many there may be. Take it before anything
    else is locked. Two collections may, rarely, share a turn.
    """
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"{collection}:{owner_id}")
