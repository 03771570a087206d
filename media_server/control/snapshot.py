"""What a worker says of itself each second (ARCHITECTURE.md, "Valkey")."""

from __future__ import annotations

import json
from typing import Any

from media_server.hub.frames import Track
from media_server.router.room_state import RoomPhase
from media_server.sessions.live_room import LiveRoom
from media_server.sessions.rooms import Rooms
from media_server.settings import WorkerSettings


def snapshot(
    rooms: Rooms,
    settings: WorkerSettings,
    *,
    http_port: int,
    hls_port: int | None,
    unix_at_zero: float,
    started_at: float,
    load: float,
) -> str:
    """The JSON of the worker's present state. Times in it are Unix seconds.

    `hls_port` is that of the processes that serve LL-HLS, where there are any.
    """
    # A room that ended before its first publisher was connected has never been, for the control plane.
    told = [room for room in rooms if room.room.state.phase is not RoomPhase.WAITING and room.room.state.generation]
    present = {room.stream_id: len(room.present()) for room in told}
    return json.dumps(
        {
            "worker_id": settings.worker_id,
            "http_port": http_port,
            "hls_port": hls_port,
            "public_url": settings.media_public_url,
            "internal_url": settings.internal_url(http_port),
            "started_at": started_at,
            "draining": rooms.is_draining,
            "load": round(load, 3),
            "viewers": sum(present.values()),
            "rooms": {room.stream_id: _room(room, present[room.stream_id], unix_at_zero) for room in told},
            "booths": {room.stream_id: booth for room in rooms if (booth := _booth(room))},
        }
    )


def _room(room: LiveRoom, viewers: int, unix_at_zero: float) -> dict[str, Any]:
    state = room.room.state
    codecs = room.intake.codecs
    return {
        "state": str(state.phase),
        "role": room.role,
        "since": state.since + unix_at_zero,
        "generation": state.generation,
        "viewers": viewers,
        "video_codec": codecs.get("video"),
        "audio_codec": codecs.get("audio"),
        "hls": room.hls.available,
        "ended_reason": state.ended_reason,
        "ingest": room.intake.ingest,
        "renditions": [_rendition(track) for track in room.hub.tracks if track.kind == "video"],
        # What there may be beside, until those who make it say so.
        "ladder": "off",
        "recording": None,
        "preview": False,
        "health": None,
        "targets": {},
        **room.outputs.state(),
    }


def _rendition(track: Track) -> dict[str, Any]:
    return {
        "name": track.track_id,
        "codec": track.format.codec,
        "width": track.format.width,
        "height": track.format.height,
        "bitrate_bps": track.bitrate_bps,
        "origin": track.origin,
    }


def _booth(room: LiveRoom) -> list[str]:
    """The user ids of those who hear the cue of a mix or talk in it, on air and off; empty for what is no mix."""
    talking = {session.user_id for session in room.intake.sessions if session.action == "talk"}
    return sorted(talking | {session.viewer_id for session in room.audience.monitors.values()})
