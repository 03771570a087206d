"""Socket.IO: what is happening to a stream, told to those who watch it."""
