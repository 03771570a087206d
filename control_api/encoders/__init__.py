"""Streams from encoders such as OBS: what they are to be, and letting them in."""
