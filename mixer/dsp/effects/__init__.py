"""Six effects in step with the beat, one at a time in a slot of a deck or of the master bus."""
