"""Playlists: tracks in an order."""
