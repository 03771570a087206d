"""Bounds of what is put together of RTP packets."""

from __future__ import annotations

from typing import Final

MAX_ACCESS_UNIT_BYTES: Final = 4 << 20
"""Above the largest picture that any level allows at the bit rates we take."""
