"""A mix on its way out: cue and programme as Opus into its feed, and the microphone that comes back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Final

import aiohttp
import structlog

from media_server.feed import FeedSender, FeedTarget
from mixer.codecs.microphone import MicrophoneReceiver
from mixer.codecs.opus import OpusSettings
from mixer.dsp.units import SAMPLE_RATE
from mixer.host.host import MixerHost
from mixer.host.outputs import Output
from mixer.host.settings import Bus
from mixer.host.view import MixView
from mixer.worker.desired import MixSpec

CUE: Final = OpusSettings(bitrate_bps=128_000, frame_ms=10, low_delay=True)
PROGRAMME_MS: Final = 20

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FeedState:
    """As the snapshot has it."""

    state: str
    since: float
    problem: str | None


class Sending:
    """Starts with the cue; the programme comes when the mix goes on air."""

    def __init__(self, http: aiohttp.ClientSession, host: MixerHost, session_id: str) -> None:
        self._host = host
        self._session_id = session_id
        self._microphone = MicrophoneReceiver()
        self._sender = FeedSender(http, on_microphone=self._microphone.receive)
        self._running = self._run()
        self._cue = self._encode_cue()
        self._programme: Output | None = None
        self._bitrate_bps = 0
        host.set_microphone(session_id, self._microphone)

    def use(self, spec: MixSpec) -> None:
        """Send where and what the spec says."""
        self._sender.use(FeedTarget(spec.feed.url, spec.feed.token))
        wanted = spec.opus_bitrate_bps if spec.on_air else 0
        if wanted == self._bitrate_bps:
            return
        if self._programme is not None:
            self._programme.stop()
            self._programme = None
        self._bitrate_bps = wanted
        if wanted:
            self._programme = self._encode_programme()

    def look_after(self, view: MixView) -> None:
        """Give the feed the time, and begin again what broke off."""
        self._sender.anchor(view.frame, view.at)
        delay_frames = self._host.microphone_lead_frames + self._microphone.delay_frames
        self._sender.set_programme_delay(delay_frames / SAMPLE_RATE)
        if self._cue.is_dropped:
            self._cue.stop()
            self._cue = self._encode_cue()
        if self._programme is not None and self._programme.is_dropped:
            self._programme.stop()
            self._programme = self._encode_programme()
        if self._running.done():
            _log.error("the feed broke off", session=self._session_id, exc_info=self._running.exception())
            self._running = self._run()

    @property
    def feed(self) -> FeedState:
        return FeedState(self._sender.state, self._sender.since, self._sender.problem)

    async def close(self) -> None:
        """Stop, and say goodbye to the media worker."""
        for output in (self._cue, self._programme):
            if output is not None:
                output.stop()
        self._host.set_microphone(self._session_id, None)
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    def _run(self) -> asyncio.Task[None]:
        return asyncio.create_task(self._sender.run(), name=f"feed of {self._session_id}")

    def _encode_programme(self) -> Output:
        settings = OpusSettings(bitrate_bps=self._bitrate_bps, frame_ms=PROGRAMME_MS)
        return self._host.encode(self._session_id, Bus.PROGRAMME, settings, partial(self._sender.send, "programme"))

    def _encode_cue(self) -> Output:
        return self._host.encode(self._session_id, Bus.CUE, CUE, partial(self._sender.send, "cue"))
