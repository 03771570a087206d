"""The one error that parsers of configuration records and bit streams raise."""

from __future__ import annotations


class CodecError(ValueError):
    """An encoder sent bytes that are not what they claim to be, or that nobody here can play."""
