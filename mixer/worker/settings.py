"""The mixer worker's settings, read from the environment."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Final, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

GIB: Final = 1024**3


class MixerSettings(BaseSettings):
    """One mixer worker. Names are the environment variables', upper-cased."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, hide_input_in_errors=True)

    node_env: Literal["development", "production", "test"] = "development"
    redis_url: str
    data_dir: Path
    mixer_id: str = Field(default_factory=lambda: socket.gethostname()[:40], pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    mixer_host: str = "127.0.0.1"
    mixer_port: int = Field(default=3200, ge=0, le=65_535)
    mixer_capacity: int = Field(default=24, ge=1, le=256)
    mixer_tracks_max_bytes: int = Field(default=20 * GIB, ge=GIB // 16)

    @property
    def tracks_folder(self) -> Path:
        """Decoded tracks, shared by every mixer of the host."""
        return self.data_dir / "mixer" / "tracks"

    @property
    def own_folder(self) -> Path:
        """What this mixer alone keeps: sessions, mixes, recordings under way."""
        return self.data_dir / "mixer" / self.mixer_id
