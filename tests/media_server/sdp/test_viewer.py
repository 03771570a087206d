"""What viewers are answered."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from media_server.sdp import Answer, Codec, SdpError, SentTrack, Source, answer_viewer, parse_offer
from media_server.sdp.shapes import (
    ABS_CAPTURE_TIME,
    ABS_SEND_TIME,
    AUDIO_LEVEL,
    DEPENDENCY_DESCRIPTOR,
    MID,
    PLAYOUT_DELAY,
    TRANSPORT_CC,
    VIDEO_ORIENTATION,
)
from tests.media_server.sdp.offered import H264, LOCAL, OPUS, ROOM, VIEWERS, offer_text

SSRCS: dict[str, tuple[int, int]] = {"audio": (1_001, 1_002), "video": (2_001, 2_002)}


def answer(name: str, sources: tuple[Source, ...] = ROOM) -> Answer[SentTrack]:
    return answer_viewer(
        parse_offer(offer_text(name)),
        LOCAL,
        sources,
        stream_id="room",
        cname="clock",
        ssrcs=SSRCS,  # type: ignore[arg-type]
    )


def with_h264(profile: str, mode: str = "1") -> Codec:
    return replace(H264, fmtp={"packetization-mode": mode, "profile-level-id": profile})


@pytest.mark.parametrize("name", VIEWERS)
def test_every_known_viewer_is_sent_both_tracks_under_its_own_payload_types(name: str) -> None:
    offer = parse_offer(offer_text(name))
    result = answer(name)
    assert {track.kind for track in result.tracks} == {"audio", "video"}
    for track in result.tracks:
        offered = next(section for section in offer.sections if section.mid == track.mid)
        codec = next(c for c in offered.codecs if c.payload_type == track.codec.payload_type)
        assert codec.name == {"audio": "opus", "video": "H264"}[track.kind]
        assert codec.rtx_payload_type == track.rtx
        assert (track.ssrc, track.rtx_ssrc) == (
            SSRCS[track.kind][0],
            None if track.rtx is None else SSRCS[track.kind][1],
        )


@pytest.mark.parametrize("name", VIEWERS)
def test_an_answer_names_its_sources(name: str) -> None:
    sdp = answer(name).sdp
    assert sdp.count("a=sendonly\r\n") == 2
    assert "a=msid:room room-audio\r\n" in sdp
    assert "a=msid:room room-video\r\n" in sdp
    assert "a=ssrc:1001 cname:clock\r\n" in sdp
    assert "a=ssrc-group:FID 2001 2002\r\n" in sdp
    assert "a=ssrc:2002 cname:clock\r\n" in sdp
    assert "rid" not in sdp


def answer_with_packet_times(minptime: str, ptime: str) -> str:
    offered = offer_text("chromium-156-viewer").replace("minptime=10", f"minptime={minptime}")
    offer = parse_offer(offered.replace("a=rtcp-mux", f"{ptime}\r\na=rtcp-mux"))
    return answer_viewer(offer, LOCAL, ROOM, stream_id="s", cname="c", ssrcs=SSRCS).sdp  # type: ignore[arg-type]


def test_short_packets_are_agreed_to_as_offered() -> None:
    sdp = answer_with_packet_times("5", "a=ptime:10")
    assert "a=ptime:10\r\n" in sdp
    assert "a=fmtp:111 minptime=5;" in sdp


@pytest.mark.parametrize("advice", ["a=ptime:0", "a=ptime:2.5", "a=ptime:9999", "a=ptime:\u0661", "a=ptime"])
def test_advice_that_is_none_is_not_repeated(advice: str) -> None:
    sdp = answer_with_packet_times("x", advice)
    assert "a=ptime" not in sdp
    assert "a=fmtp:111 minptime=10;" in sdp


def test_opus_is_sent_as_stereo() -> None:
    assert re.search(r"a=fmtp:111 .*;stereo=1;sprop-stereo=1\r\n", answer("chromium-156-viewer").sdp)


def test_a_data_channel_is_rejected_and_leaves_the_bundle() -> None:
    name = "chromium-156-viewer-video-first-with-data"
    offer = parse_offer(offer_text(name))
    data = next(section for section in offer.sections if section.kind == "application")
    sdp = answer(name).sdp
    assert "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n" in sdp
    bundle = re.findall(r"a=group:BUNDLE (.*)\r\n", sdp)[0].split()
    assert sorted(bundle) == sorted(set(offer.bundle) - {data.mid})


def test_a_section_for_which_the_room_has_nothing_stays_open_but_inactive() -> None:
    result = answer("chromium-156-viewer", (Source("video", H264),))
    audio, video = result.sdp.split("\r\nm=")[1:]
    assert [track.kind for track in result.tracks] == ["video"]
    assert audio.startswith("audio 3100 ")
    assert "a=inactive\r\n" in audio
    assert "a=ssrc" not in audio
    assert "a=sendonly\r\n" in video
    assert "a=group:BUNDLE 0 1\r\n" in result.sdp


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (with_h264("2c001f"), "H264"),
        (Codec("H265", 96, 90_000), "H265"),
        (Codec("VP9", 98, 90_000, fmtp={"profile-id": "7"}), "VP9"),
    ],
)
def test_a_codec_that_the_viewer_does_not_take_is_named(source: Codec, said: str) -> None:
    with pytest.raises(SdpError, match=f"{said}, which") as caught:
        answer("chromium-156-viewer", (Source("audio", OPUS), Source("video", source)))
    assert caught.value.code == "unacceptable"


@pytest.mark.parametrize(
    ("viewer", "source", "sent_as"),
    [
        ("chromium-156-viewer", with_h264("42e01f"), "42e01f"),
        ("chromium-156-viewer", with_h264("42c028"), "42e01f"),
        ("chromium-156-viewer", with_h264("42000d"), "42001f"),
        ("chromium-156-viewer", with_h264("4d0028"), "4d001f"),
        ("chromium-156-viewer", with_h264("640028"), "4d001f"),
        ("chromium-156-viewer", with_h264("42e01f", "0"), "42e01f"),
        ("safari-viewer", with_h264("42000d"), "42e01f"),
        ("safari-viewer", with_h264("640c28"), "640c1f"),
        ("aiortc-1.16-viewer", with_h264("42e01f"), "42e01f"),
    ],
)
def test_h264_goes_to_the_closest_decoder_that_plays_its_profile(viewer: str, source: Codec, sent_as: str) -> None:
    track = next(t for t in answer(viewer, (Source("video", source),)).tracks if t.kind == "video")
    assert track.codec.fmtp["profile-level-id"] == sent_as
    assert source.fmtp["packetization-mode"] == "0" or track.codec.fmtp["packetization-mode"] == "1"


def test_a_decoder_of_single_units_is_never_sent_aggregated_ones() -> None:
    text = offer_text("firefox-viewer").replace(";packetization-mode=1", "")
    with pytest.raises(SdpError, match="H264 Constrained Baseline"):
        answer_viewer(parse_offer(text), LOCAL, ROOM, stream_id="room", cname="clock", ssrcs=SSRCS)  # type: ignore[arg-type]


def test_a_viewer_who_receives_nothing_is_refused() -> None:
    with pytest.raises(SdpError, match="nothing of what the stream has"):
        answer("chromium-156-publisher")


def sent(
    text: str, *, with_transport_cc: bool = False, sources: tuple[Source, ...] = ROOM
) -> tuple[dict[str, SentTrack], str]:
    result = answer_viewer(
        parse_offer(text),
        LOCAL,
        sources,
        stream_id="room",
        cname="clock",
        ssrcs=SSRCS,  # type: ignore[arg-type]
        with_transport_cc=with_transport_cc,
    )
    return {track.kind: track for track in result.tracks}, result.sdp


@pytest.mark.parametrize("with_transport_cc", [False, True])
@pytest.mark.parametrize("name", VIEWERS)
def test_every_known_viewer_is_written_what_it_can_read_under_its_own_ids(name: str, with_transport_cc: bool) -> None:
    offer = parse_offer(offer_text(name))
    tracks, sdp = sent(offer_text(name), with_transport_cc=with_transport_cc)
    for track in tracks.values():
        offered = next(section for section in offer.sections if section.mid == track.mid)
        ids = dict(track.extensions.ids)
        assert ids == {uri: offered.extensions[uri][0] for uri in ids}
        assert MID in ids
        assert track.extensions.mid.decode() == offered.mid
        reports = with_transport_cc and TRANSPORT_CC in offered.extensions
        assert (TRANSPORT_CC in ids) == ("transport-cc" in track.codec.feedback) == reports
        for uri, key in ids.items():
            said = {"sendrecv": "", "recvonly": "/sendonly"}[offered.extensions[uri][1]]
            assert f"a=extmap:{key}{said} {uri}\r\n" in sdp
    assert ("goog-remb" in tracks["video"].codec.feedback) == ("goog-remb" in offer_text(name))
    assert "rtp-stream-id" not in sdp


def test_chromium_agrees_on_all_that_it_knows() -> None:
    tracks, _ = sent(offer_text("chromium-156-viewer"), with_transport_cc=True)
    assert {uri for uri, _ in tracks["audio"].extensions.ids} == {MID, ABS_SEND_TIME, AUDIO_LEVEL, TRANSPORT_CC}
    assert {uri for uri, _ in tracks["video"].extensions.ids} == {
        *(MID, ABS_SEND_TIME, VIDEO_ORIENTATION, PLAYOUT_DELAY, TRANSPORT_CC)
    }
    assert tracks["video"].extensions.may_mix


def with_extension(line: str, *, mixed: bool = True) -> str:
    text = offer_text("chromium-156-viewer")
    text = text if mixed else text.replace("a=extmap-allow-mixed\r\n", "")
    return text.replace("a=rtcp-mux\r\n", f"a=rtcp-mux\r\n{line}\r\n")


@pytest.mark.parametrize(
    ("direction", "said"),
    [("", ""), ("/sendrecv", ""), ("/recvonly", "/sendonly"), ("/sendonly", None), ("/inactive", None)],
)
def test_an_extension_is_written_to_who_receives_it(direction: str, said: str | None) -> None:
    tracks, sdp = sent(with_extension(f"a=extmap:13{direction} {ABS_CAPTURE_TIME}"))
    assert tracks["audio"].extensions.id_of(ABS_CAPTURE_TIME) == (None if said is None else 13)
    assert sdp.count(f"a=extmap:13{said} {ABS_CAPTURE_TIME}\r\n") == (0 if said is None else 2)


@pytest.mark.parametrize(("mixed", "key", "agreed"), [(True, 12, 12), (True, 200, 200), (False, 12, None)])
def test_dependency_descriptors_need_both_forms_of_blocks(mixed: bool, key: int, agreed: int | None) -> None:
    tracks, _ = sent(with_extension(f"a=extmap:{key} {DEPENDENCY_DESCRIPTOR}", mixed=mixed))
    assert tracks["video"].extensions.id_of(DEPENDENCY_DESCRIPTOR) == agreed


def test_numbers_that_nobody_would_report_on_are_not_written() -> None:
    text = "".join(
        line for line in offer_text("chromium-156-viewer").splitlines(keepends=True) if "transport-cc" not in line
    )
    tracks, sdp = sent(text, with_transport_cc=True)
    assert TRANSPORT_CC not in sdp
    assert all(track.extensions.id_of(TRANSPORT_CC) is None for track in tracks.values())


def test_reports_on_numbers_that_are_not_written_are_not_asked_for() -> None:
    text = "".join(
        line for line in offer_text("chromium-156-viewer").splitlines(keepends=True) if TRANSPORT_CC not in line
    )
    tracks, sdp = sent(text, with_transport_cc=True)
    assert "transport-cc" not in sdp
    assert "goog-remb" in tracks["video"].codec.feedback


def test_a_long_mid_is_not_repeated_in_every_packet() -> None:
    text = re.sub(r"a=mid:1\r\n", "a=mid:a-section-named-at-length\r\n", offer_text("chromium-156-viewer"))
    text = text.replace("BUNDLE 0 1", "BUNDLE 0 a-section-named-at-length")
    tracks, _ = sent(text)
    assert tracks["video"].extensions.id_of(MID) is None
    assert tracks["audio"].extensions.mid == b"0"


def test_of_two_extensions_under_one_id_one_is_agreed_on() -> None:
    tracks, sdp = sent(with_extension(f"a=extmap:2 {ABS_CAPTURE_TIME}"))
    assert tracks["video"].extensions.id_of(ABS_SEND_TIME) == 2
    assert ABS_CAPTURE_TIME not in sdp


def test_who_may_ask_for_packets_under_their_own_numbers_is_not_told_when_they_were_sent() -> None:
    text = "".join(
        line
        for line in offer_text("chromium-156-viewer").splitlines(keepends=True)
        if " rtx/" not in line and "apt=" not in line
    )
    tracks, _ = sent(text, with_transport_cc=True)
    assert tracks["video"].rtx is None
    assert "nack" in tracks["video"].codec.feedback
    assert tracks["video"].extensions.is_repeatable
    assert "transport-cc" not in tracks["video"].codec.feedback
    # Of sound nothing is asked for again.
    assert "nack" not in tracks["audio"].codec.feedback
    assert not tracks["audio"].extensions.is_repeatable
