"""Replays: what becomes of a recording."""
