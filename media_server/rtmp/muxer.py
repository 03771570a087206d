"""Frames as RTMP messages: one picture track and one of sound, stamped from zero on."""

from __future__ import annotations

from typing import Final

from media_server.hub.frames import CLOCK_RATE, Codec, Frame, Kind, Track
from media_server.rtmp.amf0 import Encodable
from media_server.rtmp.commands import metadata_message
from media_server.rtmp.enhanced import AUDIO_FOURCC, CODED_FRAMES, SEQUENCE_START, VIDEO_FOURCC
from media_server.rtmp.flv import KEY_FRAME
from media_server.rtmp.messages import AUDIO_CHUNK_STREAM, DATA_CHUNK_STREAM, VIDEO_CHUNK_STREAM, Message, MessageType

PLAIN_CODECS: Final[frozenset[Codec]] = frozenset({"h264", "aac", "mp3"})
"""What FLV has of old; the others go by FourCC, which a peer has to know."""
GAP_S: Final = 0.04
"""Between what one clock ends with and what the next one begins with."""

_FOURCC: Final[dict[Codec, bytes]] = {
    **{codec: name for name, codec in VIDEO_FOURCC.items()},
    **{codec: name for name, codec in AUDIO_FOURCC.items()},
}
_INTER_FRAME: Final = 2
_AVC: Final = 7
_ENHANCED_AUDIO: Final = 9
# 44 kHz, 16 bits, stereo: what is written for AAC whatever it is (FLV 10.1 §E.4.2.1).
_AAC_HEADER: Final = 0xAF
_MP3_HEADER: Final = 0x2F
_CHUNK_STREAMS: Final[dict[int, int]] = {
    MessageType.AUDIO: AUDIO_CHUNK_STREAM,
    MessageType.VIDEO: VIDEO_CHUNK_STREAM,
    MessageType.DATA_AMF0: DATA_CHUNK_STREAM,
}
_PLAIN_IDS: Final[dict[Codec, int]] = {"h264": _AVC, "aac": 10, "mp3": 2}


def chunk_stream_of(message: Message) -> int:
    """On which chunk stream a message of the muxer goes."""
    return _CHUNK_STREAMS[message.type_id]


class FlvMuxer:
    """Told the tracks, then their frames. It begins with a key frame, or with sound where there is no picture.

    Each message's stream id is `stream_id`.
    """

    def __init__(self, *, stream_id: int, is_publishing: bool) -> None:
        self._stream_id = stream_id
        self._is_publishing = is_publishing
        self._tracks: dict[Kind, Track] = {}
        self._base: int | None = None
        self._begins_at = 0
        self._last = 0
        self._waits_for_key = True

    def select(self, video: Track | None, audio: Track | None) -> list[Message]:
        """What is sent from here on; gives metadata and the configurations that are new."""
        before = self._tracks
        self._tracks = {track.kind: track for track in (video, audio) if track is not None}
        changed = [track for kind, track in self._tracks.items() if track != before.get(kind)]
        if not changed and self._tracks.keys() == before.keys():
            return []
        if any(track.kind == "video" for track in changed):
            self._waits_for_key = True
        return [self._metadata(), *(self._configuration(track) for track in changed if track.format.config)]

    def interrupt(self) -> None:
        """What follows has another clock; our own goes on behind what was sent."""
        if self._base is not None:
            self._begins_at = self._last + int(GAP_S * CLOCK_RATE)
        self._base = None
        self._waits_for_key = True

    def skip_to_key(self) -> None:
        """Frames are missing: no picture goes on before the next key frame."""
        self._waits_for_key = True

    def frame(self, track: Track, frame: Frame) -> list[Message]:
        """The messages of a frame, none when it is of no track of ours or cannot be used."""
        if self._tracks.get(track.kind) != track:
            return []
        if track.kind == "video":
            if self._waits_for_key and not frame.is_key:
                return []
            self._waits_for_key = False
        elif self._base is None and "video" in self._tracks:
            return []
        if self._base is None:
            self._base = frame.dts
        dts = frame.dts - self._base + self._begins_at
        if dts < self._begins_at:
            # Sound from before the key frame that we began with.
            return []
        self._last = max(self._last, dts)
        shown_later_ms = _ms(dts + frame.pts - frame.dts) - _ms(dts)
        return [self._message(track, _body(track, frame, shown_later_ms), dts)]

    def _configuration(self, track: Track) -> Message:
        codec, config = track.format.codec, track.format.config
        if codec == "h264":
            body = bytes((KEY_FRAME << 4 | _AVC, 0, 0, 0, 0)) + config
        elif codec == "aac":
            body = bytes((_AAC_HEADER, 0)) + config
        elif track.kind == "video":
            body = bytes((0x80 | KEY_FRAME << 4 | SEQUENCE_START,)) + _FOURCC[codec] + config
        else:
            body = bytes((_ENHANCED_AUDIO << 4 | SEQUENCE_START,)) + _FOURCC[codec] + config
        return self._message(track, body, self._last)

    def _message(self, track: Track, body: bytes, dts: int) -> Message:
        kind = MessageType.VIDEO if track.kind == "video" else MessageType.AUDIO
        return Message(kind, body, _ms(dts) & 0xFFFFFFFF, self._stream_id)

    def _metadata(self) -> Message:
        told: dict[str, Encodable] = {"encoder": "NRS Live", "duration": 0}
        video, audio = self._tracks.get("video"), self._tracks.get("audio")
        if video is not None:
            told |= {"width": video.format.width, "height": video.format.height, "videocodecid": _codec_id(video)}
            if video.bitrate_bps:
                told["videodatarate"] = video.bitrate_bps / 1000
        if audio is not None:
            told |= {"audiosamplerate": audio.format.sample_rate, "audiochannels": audio.format.channels}
            told |= {"stereo": audio.format.channels == 2, "audiosamplesize": 16, "audiocodecid": _codec_id(audio)}
            if audio.bitrate_bps:
                told["audiodatarate"] = audio.bitrate_bps / 1000
        return metadata_message(told, stream_id=self._stream_id, is_publishing=self._is_publishing)


def _body(track: Track, frame: Frame, shown_later_ms: int) -> bytes:
    codec = track.format.codec
    if codec == "aac":
        return bytes((_AAC_HEADER, 1)) + frame.data
    if codec == "mp3":
        return bytes((_MP3_HEADER,)) + frame.data
    if track.kind == "audio":
        return bytes((_ENHANCED_AUDIO << 4 | CODED_FRAMES,)) + _FOURCC[codec] + frame.data
    kind = KEY_FRAME if frame.is_key else _INTER_FRAME
    composition = shown_later_ms.to_bytes(3, "big", signed=True)
    if codec == "h264":
        return bytes((kind << 4 | _AVC, 1)) + composition + frame.data
    head = bytes((0x80 | kind << 4 | CODED_FRAMES,)) + _FOURCC[codec]
    return head + composition + frame.data if codec == "hevc" else head + frame.data


def _codec_id(track: Track) -> float:
    codec = track.format.codec
    return float(_PLAIN_IDS.get(codec, int.from_bytes(_FOURCC[codec], "big")))


def _ms(ticks: int) -> int:
    return (ticks * 1000 + CLOCK_RATE // 2) // CLOCK_RATE
