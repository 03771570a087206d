"""Going live as a DJ: from a camera, or with a mix."""

from control_api.identity import Actor
from control_api.media.addresses import AskedAt
from control_api.mixes.service import MixService
from control_api.streams.models import PublishGrant, Source, StartWish, Stream
from control_api.streams.service import StreamService

DECK_COUNT = 2


class DjShows:
    def __init__(self, streams: StreamService, mixes: MixService) -> None:
        self._streams = streams
        self._mixes = mixes

    async def start(
        self, actor: Actor, wish: StartWish, source: Source | None, asked_at: AskedAt
    ) -> tuple[Stream, PublishGrant | None]:
        """A live stream, and a grant to publish it unless it is a mix. Without a `source` it is a mix where the actor
        leads an open booth, else a camera. One that was announced begins with a camera.

        Raises AlreadyLive, NoMediaWorker, NoMixer, MixNotFound, NotLead, StreamNotFound, Forbidden, StreamHasBegun.
        """
        is_camera = source is Source.CAMERA or wish.stream_id is not None
        booth = None if is_camera else await self._mixes.find_startable(actor)
        if booth is None and source is Source.MIX:
            opened, _ = await self._mixes.open(actor, DECK_COUNT)
            booth = opened.stream.id
        if booth is not None:
            return await self._mixes.start(actor, booth, wish.title or "", wish.description or ""), None
        return await self._streams.start(actor, wish, asked_at)
