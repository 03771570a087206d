"""From a file in quarantine to a track that is ready, held or rejected."""
