"""Plays on from the queue by itself: what next, where it is mixed in, and how the desk is moved meanwhile. Sans-IO."""
