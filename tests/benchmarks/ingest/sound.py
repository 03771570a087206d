"""AAC made of Opus for LL-HLS while the worker's loop is busy: how much of it comes, and how late."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Sequence
from typing import Final

import numpy as np

from media_server.hub.audio_from_rtp import OPUS_FORMAT
from media_server.hub.frames import CLOCK_RATE, Frame, Track
from media_server.hub.hub import Hub
from media_server.transcode.aac_track import AAC_ID, AacTrack
from media_server.transcode.sounds import SoundMaker
from tests.support.rtp_source import OpusSource

OPUS: Final = Track("audio", "audio", OPUS_FORMAT)
PACKET_S: Final = 0.02
TURN_S: Final = 0.05


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.ingest.sound", description=__doc__)
    parser.add_argument("--rooms", type=int, default=20)
    parser.add_argument("--busy", type=float, default=0.9, help="share of the loop's time that is taken")
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    asyncio.run(_measure(options.rooms, options.busy, options.seconds))
    return 0


class Room:
    """A stream of sound alone, on the clock of the machine."""

    def __init__(self, sounds: SoundMaker, now: float) -> None:
        self.lags_s: list[float] = []
        self.hub = Hub()
        self.aac = AacTrack(self.hub, sounds=sounds)
        for listener in (self.aac, self):
            self.hub.listen(listener, now=now)
        self.hub.begin([OPUS], now=now)

    def on_tracks(self, tracks: Sequence[Track], *, now: float) -> None: ...
    def on_interrupt(self, *, now: float) -> None: ...
    def on_end(self, *, now: float) -> None: ...

    def on_frame(self, track: Track, frame: Frame, *, now: float) -> None:
        if track.track_id == AAC_ID:
            self.lags_s.append(time.monotonic() - frame.dts / CLOCK_RATE)


async def _measure(count: int, busy: float, seconds: float) -> None:
    sounds = SoundMaker()
    making = asyncio.create_task(sounds.run())
    source = OpusSource()
    payloads = [payload for _ in range(50) for payload in source.payloads()]
    began = time.monotonic()
    rooms = [Room(sounds, began) for _ in range(count)]
    sent = 0
    while (now := time.monotonic()) < began + seconds:
        while began + sent * PACKET_S < now:
            at = round((began + sent * PACKET_S) * CLOCK_RATE)
            for room in rooms:
                room.hub.push("audio", Frame(at, at, True, payloads[sent % len(payloads)]), now=now)
            sent += 1
        for room in rooms:
            room.aac.poll(now=now)
        used = time.thread_time()
        while time.thread_time() - used < busy * TURN_S:
            pass
        await asyncio.sleep(max(0.0, now + TURN_S - time.monotonic()))
    making.cancel()
    await asyncio.gather(making, return_exceptions=True)
    expected = count * seconds * 48_000 / 1024
    made = sum(len(room.lags_s) for room in rooms) / expected
    # The first third is the start of the process.
    lags_s = np.array([lag for room in rooms for lag in room.lags_s[len(room.lags_s) // 3 :]])
    median, worst = np.percentile(lags_s, [50, 99])
    print(
        f"{count} streams beside a loop that is {busy:.0%} busy: {made:.0%} of their AAC is made,"
        f" {median:.2f} s (median) and {worst:.2f} s (99 %) after the sound came"
    )


if __name__ == "__main__":
    raise SystemExit(main())
