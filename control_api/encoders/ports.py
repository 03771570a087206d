"""What letting encoders in needs from the rest of the process."""

from typing import Protocol

from control_api.db.pool import Connection
from control_api.stream_keys.models import KeyHolder


class StreamKeys(Protocol):
    async def use(self, connection: Connection, secret: str) -> KeyHolder:
        """Whose key it is; the transaction has their turn from then on. Raises StreamKeyInvalid, StreamKeyRevoked."""
