"""Crates: tracks that belong together, in no order."""
