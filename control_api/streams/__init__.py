"""Streams: the product record, who publishes and who watches."""
