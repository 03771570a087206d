"""The derived tracks of one room, made as its tracks, its viewers and the control plane want them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Final

import structlog

from media_server.hub.frames import Frame, Track
from media_server.hub.hub import Hub
from media_server.transcode.capacity import Capacity
from media_server.transcode.conversions import (
    SOUND_FOR_WEBRTC,
    Conversions,
    LadderState,
    PictureWork,
    Plan,
)
from media_server.transcode.pictures import PictureConversion
from media_server.transcode.sound import SoundConversion
from media_server.transcode.sounds import Sounds

_LOOK_EVERY_S: Final = 0.1
_TRY_AGAIN_S: Final = 20.0
"""What there was no room for is not tried each second: pictures would come and go."""

_log = structlog.get_logger(__name__)


class RoomTranscodes:
    """A hub listener, and polled each second. `watched` says which derived tracks viewers over WebRTC are sent."""

    def __init__(
        self,
        hub: Hub,
        *,
        capacity: Capacity,
        sounds: Sounds,
        watched: Callable[[], Collection[str]],
        request_keyframe: Callable[[], None],
        opus_bitrate_bps: int,
        clock: Callable[[], float],
    ) -> None:
        self._hub = hub
        self._capacity = capacity
        self._sounds = sounds
        self._watched = watched
        self._request_keyframe = request_keyframe
        self._opus_bitrate_bps = opus_bitrate_bps
        self._clock = clock
        self._conversions = Conversions()
        self._plan = Plan(None, None, "off")
        self._sound: SoundConversion | None = None
        self._pictures: PictureConversion | None = None
        self._stopped: PictureConversion | None = None
        self._work: PictureWork | None = None
        self._has_no_room = False
        self._try_again_at = float("-inf")
        self._looked_at = float("-inf")
        self._is_due = False
        self._is_closed = False
        hub.listen(self, now=clock())

    @property
    def ladder(self) -> LadderState:
        """As the control plane is told it."""
        is_short = self._plan.ladder == "on" and self._plan.pictures is not None and self._has_no_room
        return "no_room" if is_short else self._plan.ladder

    @property
    def picture_pid(self) -> int | None:
        """The process that makes pictures, while there is one."""
        return self._pictures.pid if self._pictures is not None else None

    def want_ladder(self, is_wanted: bool) -> None:
        """What the control plane wants."""
        self._conversions.want_ladder(is_wanted)
        self._apply_soon()

    def poll(self, *, now: float) -> None:
        """Timers."""
        if self._is_closed:
            return
        self._conversions.watched(self._watched(), now=now)
        self._apply()
        if self._pictures is not None:
            self._pictures.poll(now=now)

    def close(self) -> None:
        """Nothing is made any more."""
        if self._is_closed:
            return
        self._is_closed = True
        now = self._clock()
        self._hub.unlisten(self)
        self._stop_pictures(now)
        if self._sound is not None:
            self._sound.close(now=now)

    async def ended(self) -> None:
        """Wait until nothing runs any more, after `close`."""
        if self._stopped is not None:
            await self._stopped.ended()

    def on_tracks(self, tracks: Sequence[Track], *, now: float) -> None:
        """See `HubListener`."""
        self._conversions.set_tracks(tracks)
        self._apply_soon()

    def on_frame(self, track: Track, frame: Frame, *, now: float) -> None:
        """See `HubListener`: who has just come is noticed by the next frame, so that they need not wait for a poll."""
        if now - self._looked_at < _LOOK_EVERY_S:
            return
        self._looked_at = now
        self._conversions.watched(self._watched(), now=now)
        if self._conversions.plan(now=now) != self._plan:
            self._apply_soon()

    def on_interrupt(self, *, now: float) -> None:
        """See `HubListener`: what is made goes on with what comes."""

    def on_end(self, *, now: float) -> None:
        """See `HubListener`."""
        asyncio.get_running_loop().call_soon(self.close)

    def _apply_soon(self) -> None:
        # Not now: the hub is telling its listeners something, and this would have it tell them more within that.
        if not self._is_due and not self._is_closed:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._apply)

    def _apply(self) -> None:
        self._is_due = False
        if self._is_closed:
            return
        now = self._clock()
        self._plan = self._conversions.plan(now=now)
        self._make_sound(self._plan.opus_from, now)
        self._make_pictures(self._plan.pictures, now)

    def _make_sound(self, source_id: str | None, now: float) -> None:
        if self._sound is not None and self._sound.source_id != source_id:
            self._sound.close(now=now)
            self._sound = None
        if source_id is not None and self._sound is None:
            self._sound = SoundConversion(
                self._hub,
                source_id,
                SOUND_FOR_WEBRTC,
                sounds=self._sounds,
                bitrate_bps=self._opus_bitrate_bps,
                now=now,
            )

    def _make_pictures(self, work: PictureWork | None, now: float) -> None:
        if work is None:
            self._stop_pictures(now)
            self._work = None
            return
        has_spare = self._pictures is not None and bool(self._pictures.rungs)
        gives_up = has_spare and self._capacity.is_short
        tries_again = self._has_no_room and now >= self._try_again_at
        if work == self._work and not gives_up and not tries_again:
            return
        self._work = work
        allowed = self._allowed(work, now)
        if allowed is None:
            self._stop_pictures(now)
            return
        if self._pictures is None:
            self._pictures = PictureConversion(
                self._hub, measured=self._note_cost, request_keyframe=self._request_keyframe, clock=self._clock
            )
        self._pictures.want(allowed, now=now)

    def _allowed(self, work: PictureWork, now: float) -> PictureWork | None:
        """What there is room for: all of it, what is needed alone, or nothing."""
        needed = self._capacity.estimate(work.source, work.needed) if work.needed else 0.0
        spare = self._capacity.estimate(work.source, (*work.needed, *work.rungs)) - needed if work.rungs else 0.0
        had_room = not self._has_no_room
        self._has_no_room = not self._capacity.take(self, needed=needed, spare=spare)
        if not self._has_no_room:
            return work
        self._try_again_at = now + _TRY_AGAIN_S
        if had_room:
            _log.warning("no room to transcode", cores=self._capacity.cores, used=round(self._capacity.used, 2))
        if work.needed and work.rungs and self._capacity.take(self, needed=needed):
            return PictureWork(work.source, work.needed)
        self._capacity.give_back(self)
        return None

    def _stop_pictures(self, now: float) -> None:
        self._capacity.give_back(self)
        if self._pictures is not None:
            self._pictures.close(now=now)
            self._stopped, self._pictures = self._pictures, None

    def _note_cost(self, cores: float) -> None:
        self._capacity.measured(self, cores)
