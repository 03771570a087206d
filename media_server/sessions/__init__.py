"""Publishers and viewers: a transport, the router's part of it, and what RTCP they exchange."""
