"""Transactions that rearrange what one user has take turns."""

from uuid import UUID

from control_api.db.pool import Connection


async def take_turn(connection: Connection, owner_id: UUID) -> None:
    """Wait until no other transaction has the owner's turn; held until this one ends.

    For what the locks of rows alone cannot do: rules over how many there may be, and changes to many rows that would
    otherwise lock them in different orders. Take it before anything else is locked.
    """
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"turn of {owner_id}")
