"""A stream's media as frames: what every way in writes and every way out reads."""
