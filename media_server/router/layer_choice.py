"""What may be chosen of a track, and what was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from media_server.rtp.parts import Cut
from media_server.sdp.publisher import MAX_LAYERS


@dataclass(frozen=True, slots=True)
class LayerChoice:
    """A layer by its number in the source's offer, and within it the highest spatial and temporal part; None: all.

    A number beyond the last stands for the highest layer there is.
    """

    layer: int
    spatial: int | None = None
    temporal: int | None = None

    @property
    def cut(self) -> Cut:
        """Which parts of the layer."""
        return Cut(self.spatial, self.temporal)


HIGHEST: Final = LayerChoice(MAX_LAYERS)
"""What a viewer is sent of whom nobody said anything."""


@dataclass(frozen=True, slots=True)
class LayerOffer:
    """A choice that a source has. `bitrate_bps` is what it measured of late, 0 while it sends nothing; pixels are None
    where nothing tells them."""

    choice: LayerChoice
    bitrate_bps: int
    is_active: bool
    width: int | None = None
    height: int | None = None
