"""LL-HLS (RFC 8216bis) of a room's producers."""
