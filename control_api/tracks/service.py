"""A DJ's library: one's own tracks, and what a mix has to know and to say of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import structlog

from control_api.clock import Clock
from control_api.crates.errors import CrateNotFound
from control_api.db.pool import Connection, Database
from control_api.errors import FieldError
from control_api.identity import UserId
from control_api.tracks import page_queries, queries
from control_api.tracks.errors import TrackBeingProcessed, TrackNotFound, TrackNotReady
from control_api.tracks.models import (
    FRAMES_PER_S,
    HOT_CUE_COUNT,
    HotCues,
    PlayableTrack,
    Track,
    TrackId,
    TrackStatus,
    Wanted,
)

log = structlog.get_logger(__name__)
