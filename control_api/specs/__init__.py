"""What is wanted of a live stream, written for the media worker that has it."""
