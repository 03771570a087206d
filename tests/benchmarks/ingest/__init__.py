"""Figures of what comes in by RTMP, beside nginx with its RTMP module."""
