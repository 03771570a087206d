"""SQL of what streams from encoders are to be."""

from control_api.db.pool import Connection
from control_api.encoders.models import EncoderWish
from control_api.identity import UserId


async def find_wish(connection: Connection, creator_id: UserId) -> EncoderWish | None:
    row = await connection.fetchrow("select * from encoder_wish where creator_id = $1", creator_id)
    return EncoderWish(row["title"], row["description"], row["record"], row["take_over"]) if row else None


async def put_wish(connection: Connection, creator_id: UserId, wish: EncoderWish) -> None:
    await connection.execute(
        "insert into encoder_wish (creator_id, title, description, record, take_over) values ($1, $2, $3, $4, $5)"
        " on conflict (creator_id) do update set title = $2, description = $3, record = $4, take_over = $5",
        creator_id,
        wish.title,
        wish.description,
        wish.record,
        wish.take_over,
    )
