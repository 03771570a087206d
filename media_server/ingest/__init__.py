"""Encoders' way in: RTMP servers, asking control_api whose stream key it is, and how well a stream arrives."""
