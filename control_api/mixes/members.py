"""Who is in a booth, and who leads it."""

import structlog

from control_api.clock import Clock
from control_api.db.pool import Database
from control_api.errors import ServiceUnavailable
from control_api.identity import Actor, StreamId, UserId, ViewerId
from control_api.media.commands import WorkerCommands
from control_api.media.mixers import MixerRegistry
from control_api.mixes import queries
from control_api.mixes.errors import DjNotFound, LeadStays, MemberNotFound, MixFull, MixNotFound, NotLead
from control_api.mixes.locks import lock_for_lead, lock_for_member
from control_api.mixes.models import Booth
from control_api.mixes.news import MixNews
from control_api.mixes.service import state_of
from control_api.streams.models import Stream
from control_api.streams.of_mixes import StreamsOfMixes

MAX_MEMBERS = 8

log = structlog.get_logger(__name__)


class MixMembers:
    """Each change locks the mix's row, so that two at once come one after the other."""

    def __init__(
        self,
        database: Database,
        mixers: MixerRegistry,
        streams: StreamsOfMixes,
        commands: WorkerCommands,
        news: MixNews,
        clock: Clock,
    ) -> None:
        self._database = database
        self._mixers = mixers
        self._streams = streams
        self._commands = commands
        self._news = news
        self._clock = clock

    async def invite(self, actor: Actor, stream_id: StreamId, username: str) -> Booth:
        """Make a DJ a member. Raises MixNotFound, NotLead, DjNotFound, MixFull."""
        async with self._database.transaction() as connection:
            mix = await lock_for_lead(connection, stream_id, actor.user_id)
            user_id = await queries.find_dj(connection, username)
            if user_id is None:
                raise DjNotFound
            if not mix.has_member(user_id):
                if len(mix.members) >= MAX_MEMBERS:
                    raise MixFull
                await queries.insert_member(connection, stream_id, user_id, self._clock())
        return await self._changed(stream_id)

    async def remove(self, actor: Actor, stream_id: StreamId, user_id: UserId) -> Booth:
        """Have a member out: oneself, or as the lead another.

        Raises MixNotFound, NotLead, MemberNotFound, LeadStays.
        """
        async with self._database.transaction() as connection:
            mix = await lock_for_member(connection, stream_id, actor.user_id)
            if actor.user_id not in (user_id, mix.lead_id):
                raise NotLead
            if not mix.has_member(user_id):
                raise MemberNotFound
            if user_id == mix.lead_id:
                raise LeadStays
            await queries.delete_member(connection, stream_id, user_id)
            stream = await self._streams.find(connection, stream_id)
        # At once: what is read for the answer may fail, and they are out all the same.
        if stream is not None:
            await self._cut_monitor(stream, user_id)
        return await self._changed(stream_id)

    async def hand_over(self, actor: Actor, stream_id: StreamId, user_id: UserId) -> Booth:
        """Let another member lead. Raises MixNotFound, NotLead, MemberNotFound."""
        async with self._database.transaction() as connection:
            mix = await lock_for_lead(connection, stream_id, actor.user_id)
            if not mix.has_member(user_id):
                raise MemberNotFound
            await queries.set_lead(connection, stream_id, user_id)
        return await self._changed(stream_id)

    async def _changed(self, stream_id: StreamId) -> Booth:
        await self._news.mix_changed(stream_id)
        mixers = await self._mixers.mixers()
        async with self._database.connection() as connection:
            mix = await queries.find_open(connection, stream_id)
            stream = await self._streams.find(connection, stream_id)
        if mix is None or stream is None:
            raise MixNotFound
        return Booth(mix, stream, state_of(mix, mixers))

    async def _cut_monitor(self, stream: Stream, user_id: UserId) -> None:
        """What they hear of the booth ends too; the mixer refuses what they send by itself.

        This is only the quickest way: the reconciler has whoever is no member out of the booth, each second.
        """
        try:
            await self._commands.drop_viewer(stream.worker_id, stream.id, ViewerId(user_id))
        except ServiceUnavailable:
            log.warning("monitor_not_cut", stream_id=str(stream.id), user_id=str(user_id))
