"""Streams that are announced before they begin."""
