"""Decoder configuration records and the few syntax elements of bit streams that carrying them needs. Sans-IO."""
