"""What the worker's processes serve, and by which rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from media_server.egress.hls.egress import HlsEgress


class Served(Protocol):
    """A room, as far as it is served."""

    @property
    def stream_id(self) -> str:
        """The stream's."""

    @property
    def hls(self) -> HlsEgress:
        """What is made of it."""

    def seen_on_hls(self, viewer_id: str) -> None:
        """A viewer's player asked for a playlist."""

    @property
    def drop_count(self) -> int:
        """How often somebody was told to go."""

    def dropped(self) -> list[str]:
        """The viewers who were told to go."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What does not change: where to listen, who may, and where what is not live is asked for."""

    host: str
    public_key: str
    origins: tuple[str, ...]
    exposed_headers: str
    preflight: Mapping[str, str]
