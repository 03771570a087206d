"""A show as a file: FLAC, and a cue sheet that says what was played when."""
