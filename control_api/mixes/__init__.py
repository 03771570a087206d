"""Mixes: the booths DJs prepare and play their shows in, and what mixers are to run."""
