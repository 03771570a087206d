"""Multistream: a room's picture and sound, published to other platforms by RTMP."""
