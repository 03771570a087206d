"""HTTP: the typed router, the envelopes and what every request passes through."""
