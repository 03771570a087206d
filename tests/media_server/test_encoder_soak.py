"""An hour of encoders that come, are cut off and come again: nothing grows, and all that was sent is kept.

`ENCODER_SOAK_S` shortens it. For a machine that does nothing else.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from typing import Any

import psutil
import pytest
import redis

from media_server.control.client import MAX_CONNECTIONS
from tests.benchmarks.ingest.ours import OurWorker
from tests.support.clock_camera import ClockCamera
from tests.support.servers import new_server_dir, remove_server_dir

DURATION_S = float(os.environ.get("ENCODER_SOAK_S", "3600"))
TURN_S = 45.0
"""An encoder is cut off and comes again after this long."""
ENCODERS = 3
WARM_S = min(300.0, DURATION_S / 2)
MAX_GROWTH_BYTES = 24 << 20
ROOM_BYTES = 4 << 30
POOL_THREADS = (os.cpu_count() or 1) + 4
"""So many asyncio's own pool begins as they are needed, and keeps; turns are many more."""


@dataclass(frozen=True, slots=True)
class Held:
    """What the processes of a worker hold. `to_valkey` are connections, of which there are as many as were ever needed
    at once; `descriptors` are all others.
    """

    resident_bytes: int
    descriptors: int
    to_valkey: int
    threads: int

    @classmethod
    def by(cls, worker: OurWorker, valkey: redis.Redis) -> Held:
        processes = [psutil.Process(pid) for pid in worker.pids]
        to_valkey = len(valkey.client_list()) - 1
        return cls(
            sum(process.memory_info().rss for process in processes),
            sum(process.num_fds() for process in processes) - to_valkey,
            to_valkey,
            sum(process.num_threads() for process in processes),
        )


def record(valkey: redis.Redis, worker: OurWorker, number: int) -> None:
    """As control_api wants it of every stream."""
    stream_id = worker.stream_id(number)
    recording = {"recording_id": f"rec-{number}", "prefix": f"replays/u/s/rec-{number}", "room_bytes": ROOM_BYTES}
    spec = {"stream_id": stream_id, "revision": 1, "creator_id": "c", "rewind_s": 60, "recording": recording}
    valkey.set(f"media:spec:{stream_id}", json.dumps(spec))


def told(valkey: redis.Redis, number: int) -> list[dict[str, Any]]:
    """The segments of an encoder's picture that the control plane was told of."""
    entries: Any = valkey.xrange("media:events")
    events = [json.loads(fields[b"json"]) for _, fields in entries]
    wanted = f"rec-{number}"
    return [
        event
        for event in events
        if event["event"] == "segment" and event["recording_id"] == wanted and event["rendition"].startswith("video")
    ]


@pytest.mark.soak
def test_an_hour_of_encoders_that_come_again_leaves_nothing_behind_and_loses_nothing() -> None:
    folder = new_server_dir()
    worker = OurWorker(folder)
    valkey = redis.Redis.from_url(worker.valkey_url)
    cameras: list[ClockCamera] = []
    filmed_s = [0.0] * ENCODERS
    turns = 0
    try:
        for number in range(ENCODERS):
            record(valkey, worker, number)
        began = time.monotonic()
        warm: Held | None = None
        while time.monotonic() - began < DURATION_S:
            turns += 1
            turn_began = time.monotonic()
            cameras = [ClockCamera(worker.push_url(number)) for number in range(ENCODERS)]
            for number in range(ENCODERS):
                worker.until_playable(number)
            while time.monotonic() - turn_began < TURN_S:
                for number in range(ENCODERS):
                    assert worker.get(worker.hls_path(number))[0] == 200
                    assert cameras[number].is_filming
                time.sleep(0.5)
            for number, camera in enumerate(cameras):
                camera.close()
                assert camera.problem is None
                filmed_s[number] += camera.filmed_s
            if warm is None and time.monotonic() - began > WARM_S:
                warm = Held.by(worker, valkey)
            print(f"{time.monotonic() - began:.0f} s, turn {turns}: {Held.by(worker, valkey)}", flush=True)
        for number in range(ENCODERS):
            segments = told(valkey, number)
            kept_s = sum(segment["duration_s"] for segment in segments)
            # Of each turn the last frame has no length yet, and of the last one the end is on its way.
            assert filmed_s[number] - kept_s < 0.5 * turns + 5.0
            assert sum(segment["discontinuity"] for segment in segments) == turns - 1
        last = Held.by(worker, valkey)
        assert warm is not None
        assert last.resident_bytes - warm.resident_bytes < MAX_GROWTH_BYTES
        assert last.descriptors <= warm.descriptors + 2
        assert last.to_valkey <= MAX_CONNECTIONS
        assert last.threads <= warm.threads + POOL_THREADS
    finally:
        for camera in cameras:
            camera.close()
        valkey.close()
        worker.close()
        remove_server_dir(folder)
