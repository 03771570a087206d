"""The queue: what Auto-DJ plays next."""
