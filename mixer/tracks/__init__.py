"""Audio files become 48 kHz stereo samples that every deck of every process shares."""
