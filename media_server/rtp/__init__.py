"""RTP and RTCP as pure functions and small state machines: no sockets, no tasks, no clock."""
