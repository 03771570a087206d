"""Stream keys: what lets a creator's encoder in."""
