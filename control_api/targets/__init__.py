"""Other platforms that a creator's streams go on to."""
