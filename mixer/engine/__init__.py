"""Decks, channels, buses and sessions. Sans-IO: commands and microphone samples in, buses and a status out."""
