"""One mix: its session, its booth, its decks, its way out, put together and looked after 25 times a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import aiohttp
import structlog

from mixer.auto_dj.view import view_of
from mixer.engine.commands import SetRecording
from mixer.host.host import MixerHost
from mixer.host.settings import HostBusy
from mixer.host.view import MixView
from mixer.worker.auto_pilot import AutoPilot
from mixer.worker.bookkeeping import Bookkeeping
from mixer.worker.booth import Booth, device_of
from mixer.worker.decks import Decks
from mixer.worker.desired import MixSpec, Playable
from mixer.worker.desk_news import DeskNews
from mixer.worker.documents import desk_document, moment_document
from mixer.worker.inbox import FromMember, LoadRequest, PadLoad, ReloadRequest, read_incoming
from mixer.worker.keeping import Keeping
from mixer.worker.keepsake import Keepsake, KeepsakeFile
from mixer.worker.loading import TrackLoader
from mixer.worker.mix_session import MixSession
from mixer.worker.outbox import Outbox
from mixer.worker.pads import LONGEST_S, Pads
from mixer.worker.recording import Recording
from mixer.worker.recordings import Recordings
from mixer.worker.rejected import MessageRejected
from mixer.worker.sending import Sending

MAX_LOADS: Final = 24
"""Loads of a mix under way at a time: twice what it has decks and pads."""
Refusal = tuple[str, str]
"""A stable code and a sentence."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all mixes of a worker share. `folder` is where each keeps its file."""

    host: MixerHost
    http: aiohttp.ClientSession
    loader: TrackLoader
    outbox: Outbox
    recordings: Recordings
    folder: Path


class Mix:
    """A session that the host has open already. `close` ends it for good, `leave` for another worker to go on."""

    def __init__(self, spec: MixSpec, around: Surroundings, *, is_resumed: bool, now: float) -> None:
        self.spec = spec
        self._around = around
        self._session = MixSession(around.host, spec.stream_id)
        self._booth = Booth(self._say, self._session.obey, self._set_auto_dj)
        self._decks = Decks(self._session, around.loader)
        self._pads = Pads(self._session, around.loader)
        self._pilot = AutoPilot(self._session.try_submit, self._auto_load, now=now)
        self._sending = Sending(around.http, around.host, spec.stream_id)
        self._recording = Recording(around.recordings, around.host, spec.stream_id)
        self._news = DeskNews(self._say)
        self._books = Bookkeeping(around.outbox, self._recording, self._pilot.known)
        self._file = KeepsakeFile(around.folder, spec.stream_id)
        self._keeping = Keeping()
        self._to_take_up = self._file.read() if is_resumed else None
        self._sending.use(spec)

    def apply(self, spec: MixSpec) -> None:
        """Be as `spec` says."""
        self.spec = spec
        self._booth.presence.keep_only(lambda user: spec.member_name(user) is not None)
        self._sending.use(spec)

    def receive(self, text: str) -> None:
        """Something was said on `mix:in`."""
        now = _now()
        try:
            message = read_incoming(text)
        except MessageRejected as error:
            _log.info("message_rejected", stream_id=self.spec.stream_id, reason=str(error))
            return
        match message:
            case FromMember():
                if self._booth.hear(message, self.spec, now=now, unix_now=time.time()):
                    self._somebody_is_there()
            case LoadRequest():
                self._answer(message.request, self._unless_busy(lambda: self._load(message)))
            case ReloadRequest():
                self._answer(message.request, self._unless_busy(lambda: self._reload(message.reload)))

    def refused(self, source: str, seq: int, error: Exception) -> None:
        """The engine does not understand a command."""
        if source:
            self._booth.refuse(device_of(source), seq, "INVALID_COMMAND", str(error)[:200], now=_now())
        else:
            _log.error("the engine refuses what the worker asks", stream_id=self.spec.stream_id, error=str(error))

    def tick(self) -> None:
        """Look after everything."""
        view, now = self._session.view(), _now()
        if view is None:
            return
        if self._to_take_up is not None:
            self._take_up(self._to_take_up, view)
        desk, on_deck = view_of(view.desk, view.moment), self._decks.present(view.desk)
        self._sending.look_after(view)
        is_anyone_here = self._booth.presence.is_anyone_here(now=now)
        self._pilot.step(self.spec, desk, on_deck, anyone_here=is_anyone_here, now=now)
        self._books.step(self.spec, view, desk, on_deck, now=now)
        if not self._recording.follow(view.desk.recording, self.spec, frame=view.frame):
            self._session.try_submit(SetRecording(on=False))
            self._booth.tell("NO_ROOM_TO_RECORD", "The recording has ended: there is no room for more.", now=now)
        self._news.offer(self._desk(view, now), now=now)
        if is_anyone_here:
            self._say(moment_document(view))

    def keep(self) -> tuple[KeepsakeFile, str] | None:
        """What is to be written to disk, when it has changed."""
        if self._to_take_up is not None:
            return None
        pilot, pads = self._pilot, [sound.track for sound in self._pads.sounds]
        text = self._keeping.due(self._decks.tracks, pads, pilot.known, pilot.reason)
        return None if text is None else (self._file, text)

    def describe(self) -> dict[str, Any]:
        """Its entry in the snapshot."""
        feed = self._sending.feed
        return {
            "revision": self.spec.revision,
            "on_air": self.spec.on_air,
            "feed": feed.state,
            "since": feed.since,
            "problem": feed.problem,
            "begun": True,
            "devices": len(self._booth.devices(now=_now())),
        }

    async def leave(self) -> None:
        """Let go of everything here; what is on disk stays, and another worker may take it up."""
        await asyncio.gather(self._sending.close(), self._decks.close(), self._pads.close())
        await self._recording.close()

    async def close(self) -> None:
        """End it: nothing of it is left but its recording, which is on its way."""
        await asyncio.gather(self._sending.close(), self._decks.close(), self._pads.close())
        await self._recording.close()
        self._around.host.close(self.spec.stream_id)
        await asyncio.to_thread(self._file.remove)

    def _say(self, word: dict[str, Any]) -> None:
        self._around.outbox.say(self.spec.stream_id, word)

    def _answer(self, request: str, refusal: Refusal | None) -> None:
        code, message = refusal or (None, None)
        self._say({"kind": "answer", "request": request, "code": code, "message": message})

    @staticmethod
    def _unless_busy(work: Callable[[], Refusal | None]) -> Refusal | None:
        try:
            return work()
        except HostBusy:
            return "MIXER_BUSY", "The mixer has too much to do: try again."

    def _somebody_is_there(self) -> None:
        if (view := self._session.view()) is not None:
            self._pilot.member_commands(view_of(view.desk, view.moment))

    def _set_auto_dj(self, on: bool) -> None:
        if (view := self._session.view()) is not None:
            self._pilot.ask(on, view_of(view.desk, view.moment))

    def _load(self, message: LoadRequest) -> Refusal | None:
        """Begin a load; why not, when it may not be."""
        if self.spec.member_name(message.user) is None:
            return "NOT_A_MEMBER", "You are not a member of this mix."
        state = self._session.state()
        if state is None or self._to_take_up is not None:
            return "MIX_STARTING", "The mix is just starting: try again."
        if self._decks.under_way + self._pads.under_way >= MAX_LOADS:
            raise HostBusy(self.spec.stream_id)
        if isinstance(message.load, PadLoad):
            return self._load_pad(message.load)
        if message.load.deck >= len(state.decks):
            return "NO_SUCH_DECK", f"This mix has {len(state.decks)} decks."
        self._decks.load(message.load.deck, message.load.track)
        if message.load.track is not None:
            self._pilot.known.add(message.load.track)
        self._somebody_is_there()
        return None

    def _load_pad(self, load: PadLoad) -> Refusal | None:
        if load.track is not None and load.track.duration_s > LONGEST_S:
            return "TOO_LONG_FOR_A_PAD", f"A pad plays sounds of up to {LONGEST_S:.0f} s: load this on a deck."
        self._pads.load(load.pad, load.track)
        return None

    def _auto_load(self, deck: int, track: Playable, entry: str | None) -> None:
        done = partial(self._pilot.load_ended, deck)
        self._decks.load(deck, track, entry=entry, by_auto=True, done=lambda outcome: done(outcome, now=_now()))
        self._pilot.known.add(track)

    def _reload(self, track: Playable) -> None:
        self._decks.reload(track)
        for deck, slot in enumerate(self._decks.tracks):
            if slot.track is track:
                self._books.hot_cues_were_loaded(deck)
        self._pilot.known.update(track)

    def _take_up(self, kept: Keepsake, view: MixView) -> None:
        self._to_take_up = None
        self._decks.take_up(kept.decks, view.desk)
        self._pads.take_up(kept.pads, view.desk)
        for track in kept.known:
            self._pilot.known.add(track)
        self._pilot.take_up(kept.auto_reason)

    def _desk(self, view: MixView, now: float) -> dict[str, Any]:
        reason = self._pilot.reason
        return {
            "streamId": self.spec.stream_id,
            "revision": self.spec.revision,
            "onAir": self.spec.on_air,
            **desk_document(view.desk, self._decks.tracks[: len(view.desk.decks)], self._pads.sounds),
            "recordingSince": self._recording.since,
            "autoDj": {"on": reason is not None, "reason": reason, "nextEntryId": self._pilot.next_entry},
            "devices": self._booth.devices(now=now),
            "acks": self._booth.acks(self._session.not_yet_in(view), now=now),
        }


def _now() -> float:
    return asyncio.get_running_loop().time()
