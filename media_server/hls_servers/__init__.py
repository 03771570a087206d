"""Processes that serve a worker's LL-HLS on one port, from memory that they share with it."""
