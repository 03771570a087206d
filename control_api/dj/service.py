"""Going live as a DJ: from a camera, or with a mix."""

from control_api.identity import Actor
from control_api.media.addresses import AskedAt
from control_api.mixes.service import MixService
from control_api.streams.models import PublishGrant, Source, Stream
from control_api.streams.service import StreamService

DECK_COUNT = 2


class DjShows:
    def __init__(self, streams: StreamService, mixes: MixService) -> None:
        self._streams = streams
        self._mixes = mixes

    async def start(
        self, actor: Actor, title: str, description: str, source: Source | None, asked_at: AskedAt
    ) -> tuple[Stream, PublishGrant | None]:
        """A live stream, and a grant to publish it unless it is a mix. Without a `source` it is a mix where the actor
        leads an open booth, else a camera.

        Raises AlreadyLive, NoMediaWorker, NoMixer, MixNotFound, NotLead.
        """
        booth = None if source is Source.CAMERA else await self._mixes.find_startable(actor)
        if booth is None and source is Source.MIX:
            opened, _ = await self._mixes.open(actor, DECK_COUNT)
            booth = opened.stream.id
        if booth is not None:
            return await self._mixes.start(actor, booth, title, description), None
        return await self._streams.start(actor, title, description, asked_at)
