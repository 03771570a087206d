"""A stream's frames as RTP: what an encoder sent by RTMP or SRT, for viewers over WebRTC."""
