"""RTMP without I/O: bytes in, events and bytes out, for servers and for publishing clients."""
