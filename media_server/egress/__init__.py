"""Ways out of a room that are not WebRTC."""
