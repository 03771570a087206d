"""Whom the queue tells."""

from typing import Protocol

from control_api.identity import UserId


class QueueListener(Protocol):
    """Told of changes, so that a running mix need not wait for the next round of whoever reads the queue anyway."""

    async def queue_changed(self, dj_id: UserId) -> None:
        """The queue of that DJ is not what it was."""


class NobodyWaits:
    """The listener of a process without mixes."""

    async def queue_changed(self, dj_id: UserId) -> None:
        return None
