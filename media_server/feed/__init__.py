"""The feed: a mix as RTP from a mixer to a media worker, and the DJ's microphone the other way.

`FeedSender` is the mixer's side, `FeedEndpoint` with `FeedReceiver` the worker's.
"""

from media_server.feed.offer import Bus, FeedError, FeedOffer
from media_server.feed.sender import FeedSender, FeedTarget

__all__ = ["Bus", "FeedError", "FeedOffer", "FeedSender", "FeedTarget"]
