"""One UDP socket a worker: ICE-lite, DTLS, SRTP, and the fan-out that hands sealed packets to the kernel."""
