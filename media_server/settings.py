"""The media worker's settings, read from the environment."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ANY_ADDRESS: Final = "0.0.0.0"  # noqa: S104 - a media server is reached from outside


class WorkerSettings(BaseSettings):
    """One media worker: one process, one UDP socket. Names are the environment variables', upper-cased."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    node_env: Literal["development", "production", "test"] = "development"
    redis_url: str
    media_token_public_key: str
    media_host: str = "::"
    media_port: int = Field(default=3100, ge=0, le=65_535)
    media_public_url: str | None = None
    media_internal_url: str | None = None
    media_feed_host: Annotated[tuple[IPv4Address | IPv6Address, ...], NoDecode] = (IPv4Address("127.0.0.1"),)
    media_feed_port: int = Field(default=0, ge=0, le=65_535)
    media_advertised_ips: Annotated[tuple[IPv4Address | IPv6Address, ...], NoDecode] = ()
    media_ice_tcp_port: int = Field(default=3400, ge=0, le=65_535)
    worker_id: str = Field(default_factory=lambda: socket.gethostname()[:40], pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    turn_urls: Annotated[tuple[str, ...], NoDecode] = ()
    turn_secret: SecretStr | None = None
    cors_origin: Annotated[tuple[str, ...], NoDecode] = ("*",)
    publish_grace_s: float = Field(default=30.0, ge=0.1, le=600)
    http_connections: int = Field(default=4096, ge=1)
    max_sessions: int = Field(default=4000, ge=1)
    max_connecting_sessions: int = Field(default=1000, ge=1)
    joins_per_address_per_s: float = Field(default=20.0, gt=0)
    joins_per_address_burst: int = Field(default=100, ge=1)
    opus_bitrate_bps: int = Field(default=192_000, ge=16_000, le=510_000)
    video_bitrate_bps: int = Field(default=6_000_000, ge=100_000)
    fanout: Literal["auto", "kernel", "plain"] = "auto"
    media_spool_dir: Path
    media_spool_bytes: int = Field(default=20 << 30, ge=1 << 20)
    rtmp_host: str = ANY_ADDRESS
    rtmp_port: int = Field(default=1935, ge=0, le=65_535)
    rtmps_port: int | None = Field(default=None, ge=0, le=65_535)
    rtmps_certificate: Path | None = None
    rtmps_key: Path | None = None
    control_internal_url: str = "http://127.0.0.1:3000"
    internal_plain_http: Literal["private", "anywhere"] = "private"
    internal_token: SecretStr
    targets_secret: SecretStr
    targets_allow_private: bool = False
    hls_processes: int = Field(default=0, ge=0, le=64)
    hls_port: int = Field(default=0, ge=0, le=65_535)
    media_drain_s: float = Field(default=0.0, ge=0.0, le=3600.0)
    hls_part_s: float = Field(default=0.2, ge=0.1, le=1.0)
    hls_segment_s: float = Field(default=2.0, ge=1.0, le=10.0)
    transcode_cores: float | None = Field(default=None, ge=0.0)

    def internal_url(self, http_port: int) -> str:
        """Where our other processes reach this worker, which serves HTTP on that port."""
        if self.media_internal_url:
            return self.media_internal_url
        # It listens there and nowhere else, or everywhere.
        host = "127.0.0.1" if self.media_host in ("::", ANY_ADDRESS) else self.media_host
        return f"http://[{host}]:{http_port}" if ":" in host else f"http://{host}:{http_port}"

    @model_validator(mode="after")
    def _secrets_stay_inside(self) -> Self:
        urls = {"MEDIA_INTERNAL_URL": self.media_internal_url, "CONTROL_INTERNAL_URL": self.control_internal_url}
        for name, url in urls.items():
            if self.internal_plain_http == "private" and _is_in_the_clear(url or ""):
                raise ValueError(
                    f"{name} sends keys over the Internet in the clear: use https, an address of a private network, or "
                    "set INTERNAL_PLAIN_HTTP=anywhere"
                )
        return self

    @model_validator(mode="after")
    def _rtmps_is_whole(self) -> Self:
        if self.rtmps_port is not None and (self.rtmps_certificate is None or self.rtmps_key is None):
            raise ValueError("RTMPS_PORT needs RTMPS_CERTIFICATE and RTMPS_KEY")
        return self

    @model_validator(mode="after")
    def _turn_has_a_secret(self) -> Self:
        if self.turn_urls and not (self.turn_secret and self.turn_secret.get_secret_value()):
            raise ValueError("TURN_URLS needs TURN_SECRET")
        return self

    @field_validator("media_feed_host")
    @classmethod
    def _are_addresses(cls, value: tuple[IPv4Address | IPv6Address, ...]) -> tuple[IPv4Address | IPv6Address, ...]:
        # Mixers and other workers are told these addresses, so they have to be such as one can send to.
        if not value or len({ip.version for ip in value}) != len(value):
            raise ValueError("must be one IPv4 address, one IPv6 address, or one of each")
        if any(ip.is_unspecified or ip.is_multicast or (ip.version == 6 and ip.is_link_local) for ip in value):
            raise ValueError("must be addresses at which mixers reach this worker")
        return value

    @field_validator("media_advertised_ips", "media_feed_host", "cors_origin", "turn_urls", mode="before")
    @classmethod
    def _split_list(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _is_in_the_clear(url: str) -> bool:
    """Whether it is plain HTTP to a public address. What a name stands for is looked at when it is connected to."""
    parts = urlsplit(url)
    try:
        return parts.scheme == "http" and ip_address(parts.hostname or "").is_global
    except ValueError:
        return False
