"""A mixer worker with real Valkey, engine processes and objects, and a booth that speaks to it as members do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import numpy as np
import redis.asyncio
from numpy.typing import NDArray

from control_api.objects.settings import ObjectSettings
from control_api.objects.store import Objects
from deploy.processes.mixer import MixerObjects
from media_server.rtp.packet import RtpPacket
from mixer.codecs.opus import OpusDecoder
from mixer.dsp.units import SAMPLE_RATE
from mixer.tracks.store import content_id
from mixer.worker.settings import MixerSettings
from mixer.worker.worker import run_worker
from tests.mixer.tracks.files import sine, write_wav
from tests.support.media_worker import MediaWorker
from tests.support.waiting import eventually

LEAD, OTHER = "lead-user", "other-user"
START_S = 60.0
Word = dict[str, Any]


def objects_url(folder: Path) -> str:
    return (folder / "objects").as_uri()


def add_track(
    folder: Path, name: str, hz: float, *, seconds: float = 30.0, hiss: float = 0.0, **known: Any
) -> dict[str, Any]:
    """A tone among the objects, with `hiss` of full scale over it; its playable."""
    key = f"tracks/{LEAD}/2026/01/01/{name}/original.wav"
    path = folder / "objects" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    tone = sine(seconds, SAMPLE_RATE, hz)
    write_wav(path, tone + hiss * np.random.default_rng(1).uniform(-1.0, 1.0, len(tone)), SAMPLE_RATE)
    playable = {
        "track_id": name,
        "content_id": content_id(path),
        "object_key": key,
        "suffix": ".wav",
        "title": f"Tone of {hz:.0f} Hz",
        "artist": "Nobody",
        "duration_s": seconds,
        "bpm": 120.0,
        "grid_frame": 0.0,
        "key": "A minor",
        "camelot": "8A",
        "trim_db": 0.0,
        "hot_cues": [None] * 8,
        "cue_frame": 0.0,
        "structure": None,
    }
    return playable | known


class BoothOfTest:
    """A mix as control_api wants it and its members use it. Everything it says is kept in `words`."""

    def __init__(self, valkey: redis.asyncio.Redis, mixer_id: str, media: MediaWorker | None) -> None:
        self.stream_id = str(uuid4())
        self.valkey = valkey
        self._mixer_id = mixer_id
        token = media.signer.sign(self.stream_id, "feed", gen=1) if media is not None else "none"
        url = f"{media.url}/feed/{self.stream_id}" if media is not None else "http://127.0.0.1:9/feed/x"
        self.spec: dict[str, Any] = {
            "stream_id": self.stream_id,
            "revision": 1,
            "deck_count": 2,
            "on_air": False,
            "opus_bitrate_bps": 128_000,
            "recording_room_bytes": 2**30,
            "lead": LEAD,
            "members": [{"user_id": LEAD, "name": "Lead"}],
            "feed": {"url": url, "token": token},
            "queue": [],
        }
        self.words: list[Word] = []
        self._seqs: dict[str, int] = {}

    async def want(self, **changed: Any) -> None:
        """Write the spec as control_api does, and poke."""
        self.spec |= changed | {"revision": self.spec["revision"] + 1}
        await self.valkey.hset(f"mixer:mixes:{self._mixer_id}", self.stream_id, json.dumps(self.spec))
        await self.valkey.publish(f"mixer:poke:{self._mixer_id}", "")
        await self.desk(lambda desk: desk["revision"] == self.spec["revision"], timeout_s=20.0)

    async def unwant(self) -> None:
        """Take the spec away."""
        await self.valkey.hdel(f"mixer:mixes:{self._mixer_id}", self.stream_id)
        await self.valkey.publish(f"mixer:poke:{self._mixer_id}", "")

    async def say(self, message: dict[str, Any] | str) -> None:
        """Anything on `mix:in`."""
        text = message if isinstance(message, str) else json.dumps(message)
        await self.valkey.publish(f"mix:in:{self.stream_id}", text)

    async def command(
        self, *commands: dict[str, Any], user: str = LEAD, device: str = "laptop", seqs: Iterable[int] | None = None
    ) -> list[int]:
        """Commands of a device, numbered on; their numbers."""
        if seqs is None:
            first = self._seqs.get(device, 0) + 1
            seqs = range(first, first + len(commands))
            self._seqs[device] = first + len(commands) - 1
        numbered = list(zip(seqs, commands, strict=True))
        await self.say({"user": user, "device": device, "via": "socket", "commands": numbered})
        return [seq for seq, _ in numbered]

    async def hello(self, *, user: str = LEAD, device: str = "laptop", ping: Any = "hello") -> None:
        await self.say({"user": user, "device": device, "via": "socket", "commands": [], "ping": ping})

    async def answered(self, *, timeout_s: float = 10.0) -> None:
        """Wait until the mixer hears what is said here."""

        async def is_heard() -> bool:
            await self.hello(ping="there?")
            return any(word["kind"] == "pong" for word in self.words)

        await eventually(is_heard, timeout_s=timeout_s, every_s=0.1)

    async def load(self, deck: int, track: dict[str, Any] | None, *, user: str = LEAD) -> Word:
        """What control_api asks for; the answer."""
        request = str(uuid4())
        await self.say({"request": request, "user": user, "load": {"deck": deck, "track": track}})
        return await self.word(lambda word: word["kind"] == "answer" and word["request"] == request)

    async def word(self, is_it: Any, *, timeout_s: float = 10.0) -> Word:
        """The newest word that is what is waited for."""
        await eventually(lambda: any(is_it(word) for word in self.words), timeout_s=timeout_s)
        return next(word for word in reversed(self.words) if is_it(word))

    async def desk(self, is_it: Any = lambda desk: True, *, timeout_s: float = 10.0) -> Word:
        """The newest desk, once it is so."""

        def found() -> bool:
            return self.last_desk is not None and bool(is_it(self.last_desk))

        await eventually(found, timeout_s=timeout_s)
        assert self.last_desk is not None
        return self.last_desk

    @property
    def last_desk(self) -> Word | None:
        return next((word for word in reversed(self.words) if word["kind"] == "desk"), None)

    async def loaded(self, deck: int, track: dict[str, Any]) -> None:
        """Load, and wait until it is there."""
        answer = await self.load(deck, track)
        assert answer["code"] is None, answer
        await self.desk(lambda desk: (desk["decks"][deck]["track"] or {}).get("id") == track["track_id"])

    async def listen(self) -> None:
        """Keep what the mix says, through outages, until cancelled."""
        while True:
            try:
                async with self.valkey.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await pubsub.subscribe(f"mix:out:{self.stream_id}")
                    while True:
                        message = await pubsub.get_message(timeout=1.0)
                        if message is not None:
                            self.words.append(json.loads(message["data"]))
            except (redis.exceptions.RedisError, OSError):
                await asyncio.sleep(0.05)


class MixerOfTest:
    """A worker that runs, and Valkey beside it."""

    def __init__(self, valkey: redis.asyncio.Redis, mixer_id: str) -> None:
        self.valkey = valkey
        self.mixer_id = mixer_id
        self._listening: list[asyncio.Task[None]] = []

    async def booth(self, media: MediaWorker | None = None, **spec: Any) -> BoothOfTest:
        """An open mix, with a device in its booth."""
        booth = BoothOfTest(self.valkey, self.mixer_id, media)
        self._listening.append(asyncio.create_task(booth.listen()))
        await booth.want(**spec)
        await booth.answered()
        return booth

    async def snapshot(self) -> dict[str, Any]:
        text = await self.valkey.get(f"mixer:worker:{self.mixer_id}")
        return dict(json.loads(text)) if text else {}

    async def mix(self, booth: BoothOfTest) -> dict[str, Any]:
        """The mix in the snapshot; empty when it is not there."""
        return dict((await self.snapshot()).get("mixes", {}).get(booth.stream_id, {}))

    async def connected(self, booth: BoothOfTest) -> None:
        """Wait until its feed is."""

        async def is_so() -> bool:
            return (await self.mix(booth)).get("feed") == "connected"

        await eventually(is_so, timeout_s=15.0)

    async def events(self, kind: str) -> list[dict[str, Any]]:
        entries = cast("list[tuple[str, dict[str, str]]]", await self.valkey.xrange("mixer:events"))
        events = [json.loads(fields["json"]) for _, fields in entries]
        return [event for event in events if event["event"] == kind]

    async def close(self) -> None:
        for task in self._listening:
            task.cancel()
        await asyncio.gather(*self._listening, return_exceptions=True)


def mixer_settings(valkey_url: str, folder: Path, **settings: Any) -> MixerSettings:
    values: dict[str, Any] = {
        "redis_url": valkey_url,
        "data_dir": folder,
        "mixer_id": "mixer-1",
        "mixer_port": 0,
        "mixer_capacity": 4,
        "mixer_tracks_max_bytes": 2**30,
        "node_env": "test",
    }
    return MixerSettings(**values | settings)


@asynccontextmanager
async def mixer_client(valkey_url: str, mixer_id: str = "mixer-1") -> AsyncIterator[MixerOfTest]:
    """What control_api and the members use, whoever runs the worker."""
    async with redis.asyncio.Redis.from_url(valkey_url, decode_responses=True) as valkey:
        mixer = MixerOfTest(valkey, mixer_id)
        try:
            yield mixer
        finally:
            await mixer.close()


@asynccontextmanager
async def mixer_worker(valkey_url: str, folder: Path, **settings: Any) -> AsyncIterator[MixerOfTest]:
    """A worker in this process, its engines in processes of their own, from ready to gone."""
    told = mixer_settings(valkey_url, folder, **settings)
    objects = MixerObjects(Objects.of(ObjectSettings(objects_url=objects_url(folder))))
    ready = asyncio.Event()
    running = asyncio.create_task(run_worker(told, objects, on_ready=lambda _: ready.set()))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({running, waiting}, timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if running.done():
        running.result()
    try:
        async with mixer_client(valkey_url, told.mixer_id) as mixer:
            yield mixer
    finally:
        while not running.done():
            running.cancel()
            # A cancellation may be lost (gh-86296); but asked again too soon, it would break off an end in order.
            await asyncio.wait({running}, timeout=20.0)
        if not running.cancelled():
            running.result()


def decoded(packets: Iterable[RtpPacket]) -> NDArray[np.float32]:
    """The samples of Opus packets, in order of their time stamps."""
    decoder = OpusDecoder()
    ordered = sorted(packets, key=lambda packet: packet.sequence_number)
    pieces = [decoder.decode(packet.payload) for packet in ordered]
    return np.concatenate(pieces) if pieces else np.zeros((0, 2), np.float32)


def loudest_hz(samples: NDArray[np.float32]) -> float:
    """The strongest frequency; 0 for silence."""
    mono = samples.mean(axis=1)
    if len(mono) < 4800 or np.abs(mono).max() < 0.01:
        return 0.0
    spectrum = np.abs(np.fft.rfft(mono * np.hanning(len(mono))))
    return float(np.argmax(spectrum) * SAMPLE_RATE / len(mono))
