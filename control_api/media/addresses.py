"""Where a browser finds a media worker."""

from dataclasses import dataclass

from control_api.identity import StreamId
from control_api.media.models import WorkerSnapshot


@dataclass(frozen=True, slots=True)
class AskedAt:
    """The scheme and host name a browser reached the API by."""

    scheme: str
    host_name: str


@dataclass(frozen=True, slots=True)
class MediaUrls:
    whip: str
    whep: str
    hls: str
    preview: str


def media_urls(worker: WorkerSnapshot, stream_id: StreamId, asked_at: AskedAt) -> MediaUrls:
    """At the worker's own public URL, else at its ports of the host the browser asked us by."""
    host = f"{asked_at.scheme}://{asked_at.host_name}"
    base = (worker.public_url or f"{host}:{worker.http_port}").rstrip("/")
    hls = (worker.public_url or f"{host}:{worker.hls_port or worker.http_port}").rstrip("/")
    return MediaUrls(
        whip=f"{base}/whip/{stream_id}",
        whep=f"{base}/whep/{stream_id}",
        hls=f"{hls}/hls/{stream_id}/index.m3u8",
        preview=f"{base}/preview/{stream_id}.jpg",
    )


def feed_url(worker: WorkerSnapshot, stream_id: StreamId) -> str:
    """Where a mixer finds the worker."""
    return f"{worker.internal_url.rstrip('/')}/feed/{stream_id}"
