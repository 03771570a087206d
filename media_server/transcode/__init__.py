"""Derived tracks: what is made of a stream's tracks for those who cannot take them as they are."""
