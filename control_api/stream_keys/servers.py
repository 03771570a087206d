"""Where an encoder is to be pointed to."""

from dataclasses import dataclass

from control_api.media.addresses import AskedAt
from control_api.settings import ApiSettings

APP = "live"


@dataclass(frozen=True, slots=True)
class IngestServers:
    rtmp_url: str
    rtmps_url: str | None
    srt_url: str | None


def ingest_servers(settings: ApiSettings, asked_at: AskedAt) -> IngestServers:
    """At the addresses that are set, else at the ports of the host the browser asked us by."""
    host = asked_at.host_name
    return IngestServers(
        rtmp_url=settings.rtmp_public_url or f"rtmp://{host}:{settings.rtmp_port}/{APP}",
        rtmps_url=settings.rtmps_public_url
        or (f"rtmps://{host}:{settings.rtmps_port}/{APP}" if settings.rtmps_port else None),
        srt_url=settings.srt_public_url or (f"srt://{host}:{settings.srt_port}" if settings.srt_port else None),
    )
