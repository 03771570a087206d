"""Clients that are not ours: FFmpeg's WHIP muxer and aiortc."""
