"""Stands in for a media worker that records: real CMAF segments among the objects, and the events of them."""

import io
import json
import time
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import uuid4

import av
import numpy as np
from redis.asyncio import Redis

from control_api.objects.store import Objects

FPS = 10
SAMPLE_RATE = 48_000


@dataclass(slots=True)
class Piece:
    """A fragment: a `moof` and its `mdat`."""

    content: bytes
    duration_s: float
    media_s: float


def boxes(movie: bytes) -> list[tuple[str, bytes]]:
    found, position = [], 0
    while position < len(movie):
        length = int.from_bytes(movie[position : position + 4], "big")
        found.append((movie[position + 4 : position + 8].decode(), movie[position : position + length]))
        position += length
    return found


def cut(movie: bytes, each_s: float) -> tuple[bytes, list[Piece]]:
    """A fragmented MP4 as an initialization segment and its pieces, each of `each_s` seconds."""
    found = boxes(movie)
    init = b"".join(content for kind, content in found if kind in {"ftyp", "moov"})
    fragments = [moof + mdat for (a, moof), (b, mdat) in pairwise(found) if (a, b) == ("moof", "mdat")]
    return init, [Piece(content, each_s, number * each_s) for number, content in enumerate(fragments)]


def video(seconds: int, *, width: int = 64, height: int = 48, shade: int = 128, codec: str = "libx264") -> Any:
    """`seconds` of one colour, a fragment for each second."""
    file = io.BytesIO()
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "frag_duration": "1000000"}
    with av.open(file, "w", format="mp4", options=options) as container:
        stream = container.add_stream(codec, rate=FPS, options={"g": str(FPS), "bf": "0", "preset": "ultrafast"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for _ in range(seconds * FPS):
            pixels = np.full((height, width, 3), shade, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return cut(file.getvalue(), 1.0)


def audio(seconds: int) -> Any:
    """`seconds` of silence as AAC, a fragment for each second or so."""
    file = io.BytesIO()
    options = {"movflags": "empty_moov+default_base_moof", "frag_duration": "1000000"}
    with av.open(file, "w", format="mp4", options=options) as container:
        stream = container.add_stream("aac", rate=SAMPLE_RATE)
        for _ in range(seconds * SAMPLE_RATE // 1024):
            frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
            frame.sample_rate = SAMPLE_RATE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return cut(file.getvalue(), 1.0)


@dataclass(slots=True)
class Recorder:
    """Of one recording. `prefix` is that of the spec."""

    valkey: Redis
    objects: Objects
    recording_id: str
    prefix: str
    started_at: float = field(default_factory=lambda: 1_700_000_000.0)
    numbers: dict[str, int] = field(default_factory=dict)
    said: list[dict[str, Any]] = field(default_factory=list)

    async def say(self, event: str, **facts: Any) -> None:
        told = {"id": uuid4().hex, "event": event, "recording_id": self.recording_id, **facts}
        self.said.append(told)
        await self.valkey.xadd("media:events", {"json": json.dumps(told)})

    async def init(
        self, name: str, content: bytes, *, init: int = 0, kind: str, codec: str, size: Any = (0, 0)
    ) -> None:
        key = f"{self.prefix}/{name}-init-{init}.mp4"
        await self.objects.put(key, content)
        await self.say(
            "rendition", name=name, kind=kind, codec=codec, width=size[0], height=size[1], init_key=key, init=init
        )

    async def segment(
        self, name: str, piece: Piece, *, init: int = 0, discontinuity: bool = False, date_time: float | None = None
    ) -> None:
        number = self.numbers[name] = self.numbers.get(name, 100) + 1
        key = f"{self.prefix}/{name}-{number}.m4s"
        await self.objects.put(key, piece.content)
        await self.say(
            "segment",
            rendition=name,
            number=number,
            init=init,
            object_key=key,
            duration_s=piece.duration_s,
            media_s=piece.media_s,
            date_time=self.started_at + piece.media_s if date_time is None else date_time,
            bytes=len(piece.content),
            discontinuity=discontinuity,
        )

    async def over(self, reason: str = "ended") -> None:
        await self.say("recorded", reason=reason)


async def has_kept_all(valkey: Redis) -> bool:
    """Whether everything that was said is kept and acknowledged."""
    groups: Any = await valkey.xinfo_groups("media:events")
    return [(group["lag"], group["pending"]) for group in groups] == [(0, 0)]


def now() -> float:
    return time.time()
