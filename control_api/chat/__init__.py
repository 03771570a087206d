"""The chat beside a stream: what was written, and who may write and remove."""
