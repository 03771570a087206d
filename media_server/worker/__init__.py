"""One media worker, put together."""
