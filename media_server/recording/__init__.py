"""What HLS makes, kept: on disk for rewinding, among the objects for a replay."""
