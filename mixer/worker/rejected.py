"""The one error of everything here that reads what others sent."""

from __future__ import annotations


class MessageRejected(ValueError):
    """What came cannot be read. The sentence says where, and holds nothing of what was in it."""
