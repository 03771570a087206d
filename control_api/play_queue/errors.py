"""What can be wrong with a request about the queue."""

from collections.abc import Iterable
from uuid import UUID

from control_api.errors import ApiError, ErrorKind


class EntryNotFound(ApiError):
    code = "QUEUE_ENTRY_NOT_FOUND"
    kind = ErrorKind.NOT_FOUND
    message = "There is no such entry in your queue."


class QueueChanged(ApiError):
    code = "QUEUE_CHANGED"
    kind = ErrorKind.CONFLICT
    message = "The queue has changed meanwhile; look at it again."

    def __init__(self, entry_ids: Iterable[UUID]) -> None:
        super().__init__(details={"entryIds": [str(entry_id) for entry_id in entry_ids]})


class QueueFull(ApiError):
    code = "QUEUE_FULL"
    kind = ErrorKind.CONFLICT
    message = "The queue is full; take something out first."
