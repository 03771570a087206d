"""Opus by libav, and speech from a lossy network on an unbroken count of frames."""
