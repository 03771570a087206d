"""What the supervisor itself reads from the environment; the rest is passed on to its children."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ANY_ADDRESS: Final = "0.0.0.0"  # noqa: S104 what servers listen on unless told otherwise
LOOPBACK: Final = "127.0.0.1"
REPOSITORY: Final = Path(__file__).resolve().parents[2]


def default_data_dir() -> Path:
    """/var/lib for root, the XDG state folder of anybody else."""
    if os.geteuid() == 0:
        return Path("/var/lib/nrs-live")
    state = os.environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "nrs-live"


class StandaloneSettings(BaseSettings):
    """A field `x_y` is the variable `X_Y`."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, frozen=True)

    node_env: Literal["development", "test", "production"] = "development"
    host: str = ANY_ADDRESS
    port: int = Field(default=3000, ge=1, le=65_535)
    media_host: str = "::"
    media_port: int = Field(default=3100, ge=1, le=65_000)
    media_ice_tcp_port: int = Field(default=3400, ge=0, le=65_000)
    media_workers: int = Field(default=1, ge=1, le=64)
    hls_port: int = Field(default=0, ge=0, le=65_000)
    rtmp_port: int = Field(default=1935, ge=1, le=65_000)
    mixer_host: str = LOOPBACK
    mixer_port: int = Field(default=3200, ge=1, le=65_000)
    mixer_workers: int = Field(default=1, ge=1, le=64)
    jobs_host: str = LOOPBACK
    jobs_port: int = Field(default=3300, ge=1, le=65_535)
    web_dist: Path = REPOSITORY / "web" / "dist"
    data_dir: Path = Field(default_factory=default_data_dir)
    database_url: SecretStr | None = None
    redis_url: SecretStr | None = None

    @property
    def is_production(self) -> bool:
        return self.node_env == "production"

    @property
    def media_ports(self) -> list[int]:
        """One port for each media worker, TCP and UDP."""
        return [self.media_port + index for index in range(self.media_workers)]

    @property
    def ice_tcp_ports(self) -> list[int]:
        """One port for each media worker, TCP, for media; 0 where there is to be none."""
        return [self.media_ice_tcp_port and self.media_ice_tcp_port + index for index in range(self.media_workers)]

    @property
    def hls_ports(self) -> list[int]:
        """One port for the HLS processes of each media worker, TCP; 0 for any that is free."""
        return [self.hls_port and self.hls_port + index for index in range(self.media_workers)]

    @property
    def mixer_ports(self) -> list[int]:
        """One port for each mixer, TCP."""
        return [self.mixer_port + index for index in range(self.mixer_workers)]


def reachable(host: str) -> str:
    """Where a server that listens on `host` can be reached from this machine."""
    return LOOPBACK if host in {ANY_ADDRESS, "", "::"} else host
