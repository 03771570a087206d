"""Where browsers are sent to for the media of a worker."""

from __future__ import annotations

from uuid import uuid4

import pytest

from control_api.identity import StreamId
from control_api.media.addresses import AskedAt, media_urls
from control_api.media.models import WorkerSnapshot

STREAM = StreamId(uuid4())
ASKED_AT = AskedAt("https", "live.example")


def worker(**changed: object) -> WorkerSnapshot:
    said = {"worker_id": "w", "http_port": 3100, "internal_url": "http://10.0.0.1:3100", "viewers": 0, "rooms": {}}
    return WorkerSnapshot.model_validate(said | changed)


@pytest.mark.parametrize(
    ("said", "hls_at"),
    [
        ({}, "https://live.example:3100"),
        ({"hls_port": None}, "https://live.example:3100"),
        ({"hls_port": 3400}, "https://live.example:3400"),
        ({"hls_port": 3400, "public_url": "https://media.example/"}, "https://media.example"),
        ({"hls_port": "nonsense"}, "https://live.example:3100"),
    ],
    ids=["by-itself", "none", "by-processes", "behind-a-proxy", "nonsense"],
)
def test_hls_is_where_it_is_served_and_the_rest_at_the_worker(said: dict[str, object], hls_at: str) -> None:
    urls = media_urls(worker(**said), STREAM, ASKED_AT)
    assert urls.hls == f"{hls_at}/hls/{STREAM}/index.m3u8"
    base = "https://media.example" if "public_url" in said else "https://live.example:3100"
    assert urls.whep == f"{base}/whep/{STREAM}"
    assert urls.preview == f"{base}/preview/{STREAM}.jpg"
