"""What publishers are answered."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from media_server.sdp import Answer, Encoding, ReceivedTrack, SdpError, answer_publisher, parse_offer
from media_server.sdp.profiles import find_decoder
from media_server.sdp.shapes import DEPENDENCY_DESCRIPTOR, MID, REPAIRED_RTP_STREAM_ID, RTP_STREAM_ID
from tests.media_server.sdp.offered import LOCAL, PUBLISHERS, offer_text


def answer(name: str) -> Answer[ReceivedTrack]:
    return answer_publisher(parse_offer(offer_text(name)), LOCAL)


def sections_of(sdp: str) -> list[str]:
    return sdp.split("\r\nm=")[1:]


@pytest.mark.parametrize("name", PUBLISHERS)
def test_every_known_publisher_gets_opus_and_h264_constrained_enough_for_all_viewers(name: str) -> None:
    tracks = {track.kind: track for track in answer(name).tracks}
    assert tracks["audio"].codec.name == "opus"
    assert tracks["video"].codec.name == "H264"
    assert tracks["video"].codec.fmtp["packetization-mode"] == "1"
    profile = tracks["video"].codec.fmtp["profile-level-id"][:4]
    assert profile in {"42e0", "42c0", "4200"}
    assert profile != "4200" or "42e01f" not in offer_text(name)


@pytest.mark.parametrize("name", PUBLISHERS)
def test_an_answer_mirrors_the_offer_section_by_section(name: str) -> None:
    offer = parse_offer(offer_text(name))
    sdp = answer(name).sdp
    assert re.findall(r"^m=(\w+) ", sdp, re.M) == [section.kind for section in offer.sections]
    assert re.findall(r"^a=mid:(\S+)", sdp, re.M) == [section.mid for section in offer.sections]
    assert f"a=group:BUNDLE {' '.join(offer.bundle)}\r\n" in sdp
    assert sdp.endswith("\r\n")
    assert "\n\n" not in sdp.replace("\r", "")
    for section in sections_of(sdp):
        assert "a=recvonly\r\n" in section
        assert "a=rtcp-mux\r\n" in section
        assert "a=candidate:1 1 udp 2130706431 192.0.2.1 3100 typ host\r\n" in section
        assert "a=end-of-candidates\r\n" in section


@pytest.mark.parametrize("name", PUBLISHERS)
def test_an_answer_repeats_only_what_was_offered(name: str) -> None:
    offer = parse_offer(offer_text(name))
    for offered, section in zip(offer.sections, sections_of(answer(name).sdp), strict=True):
        formats = section.split("\r\n")[0].split()[3:]
        assert set(formats) <= set(offered.formats)
        for key, uri in re.findall(r"a=extmap:(\d+) (\S+)", section):
            assert offered.extensions[uri][0] == int(key)
        assert "orientation" not in section
        for kind in re.findall(r"a=rtcp-fb:\d+ (.+)\r", section):
            assert any(kind in codec.feedback for codec in offered.codecs)


def test_chromium_is_asked_for_music_and_given_every_means_of_repair() -> None:
    result = answer("chromium-156-publisher")
    audio, video = result.tracks
    assert audio.codec.fmtp == {
        "minptime": "10",
        "useinbandfec": "1",
        "stereo": "1",
        "sprop-stereo": "1",
        "maxaveragebitrate": "192000",
        "usedtx": "0",
    }
    assert video.codec.feedback == ("nack", "nack pli", "ccm fir", "transport-cc", "goog-remb")
    assert video.rtx is not None
    assert f"a=fmtp:{video.rtx} apt={video.codec.payload_type}\r\n" in result.sdp
    (layer,) = video.layers
    assert layer.ssrc is not None
    assert layer.rtx_ssrc is not None
    assert layer.ssrc != layer.rtx_ssrc
    assert result.dtls_role == "server"


def test_the_level_is_raised_to_what_we_receive_where_asymmetry_is_allowed() -> None:
    assert answer("chromium-156-publisher").tracks[1].codec.fmtp["profile-level-id"] == "42e02a"
    assert answer("gstreamer-publisher").tracks[0].codec.fmtp["profile-level-id"] == "42c01f"


def test_what_the_sender_says_of_its_own_stream_is_not_said_back() -> None:
    assert "sprop-parameter-sets" in offer_text("gstreamer-publisher")
    assert "sprop-parameter-sets" not in answer("gstreamer-publisher").sdp


def test_bitrates_are_what_the_caller_says() -> None:
    offer = parse_offer(offer_text("chromium-156-publisher"))
    sdp = answer_publisher(offer, LOCAL, opus_bitrate_bps=256_000, video_bitrate_bps=3_500_000).sdp
    assert "maxaveragebitrate=256000" in sdp
    assert "b=AS:3500\r\nb=TIAS:3500000\r\n" in sdp
    assert sdp.count("b=AS:") == 1


@pytest.mark.parametrize(
    ("offered", "role", "answered"),
    [("actpass", "server", "passive"), ("active", "server", "passive"), ("passive", "client", "active")],
)
def test_the_dtls_role_is_the_server_unless_the_peer_must_be(offered: str, role: str, answered: str) -> None:
    text = offer_text("chromium-156-publisher").replace("a=setup:actpass", f"a=setup:{offered}")
    result = answer_publisher(parse_offer(text), LOCAL)
    assert result.dtls_role == role
    assert set(re.findall(r"a=setup:(\w+)", result.sdp)) == {answered}


def test_simulcast_by_rid_is_taken_with_all_its_layers() -> None:
    result = answer("chromium-156-simulcast")
    assert [layer.rid for layer in result.tracks[1].layers] == ["h", "m", "l"]
    assert result.tracks[0].layers == (Encoding(ssrc=3519701906),)
    assert "a=rid:h recv\r\na=rid:m recv\r\na=rid:l recv\r\na=simulcast:recv h;m;l\r\n" in result.sdp
    extensions = result.tracks[1].extensions
    assert {RTP_STREAM_ID, REPAIRED_RTP_STREAM_ID, DEPENDENCY_DESCRIPTOR} <= set(extensions)


@pytest.mark.parametrize(
    ("told", "rids"),
    [
        ("send a;b,c;~d", ["a", "b", "d"]),
        ("recv a send b;c", ["b", "c"]),
        ("send a;b;c;d;e", ["a", "b", "c", "d"]),
        ("send a;x;b;a", ["a", "b"]),
        ("recv a;b", [None]),
        ("send a", [None]),
    ],
    ids=["alternatives-and-paused", "both-directions", "five", "undeclared-and-twice", "receives", "one"],
)
def test_layers_are_those_that_are_declared_and_sent_four_at_most(told: str, rids: list[str | None]) -> None:
    text = offer_text("chromium-156-simulcast")
    text = re.sub(r"a=rid:.*\r\n", "", text)
    declared = "".join(f"a=rid:{rid} send\r\n" for rid in "abcde")
    text = re.sub(r"a=simulcast:.*\r\n", f"{declared}a=simulcast:{told}\r\n", text)
    result = answer_publisher(parse_offer(text), LOCAL)
    assert [layer.rid for layer in result.tracks[1].layers] == rids
    assert ("a=simulcast" in result.sdp) is (len(rids) > 1)


def test_without_the_extension_that_names_layers_one_is_taken() -> None:
    text = re.sub(r"a=extmap:10 .*\r\n", "", offer_text("chromium-156-simulcast"))
    result = answer_publisher(parse_offer(text), LOCAL)
    assert result.tracks[1].layers == (Encoding(),)
    assert "simulcast" not in result.sdp


def test_who_takes_one_layer_says_nothing_of_simulcast() -> None:
    result = answer_publisher(parse_offer(offer_text("chromium-156-simulcast")), LOCAL, max_layers=1)
    assert result.tracks[1].layers == (Encoding(),)
    assert "a=rid" not in result.sdp


def test_simulcast_by_ssrc_is_taken_with_its_retransmissions() -> None:
    text = re.sub(r"a=ssrc.*\r\n", "", offer_text("chromium-156-publisher"))
    groups = ["SIM 1 2 3", "FID 1 11", "FID 2 12", "FID 3 13"]
    text += "".join(f"a=ssrc-group:{group}\r\n" for group in groups)
    text += "".join(f"a=ssrc:{ssrc} cname:x\r\n" for ssrc in (1, 2, 3, 11, 12, 13))
    result = answer_publisher(parse_offer(text), LOCAL)
    assert result.tracks[1].layers == (Encoding(None, 1, 11), Encoding(None, 2, 12), Encoding(None, 3, 13))
    assert "simulcast" not in result.sdp


def test_a_second_video_section_is_rejected_and_leaves_the_bundle() -> None:
    text = offer_text("chromium-156-publisher")
    second = re.sub(r"a=mid:1", "a=mid:2", text[text.index("m=video") :])
    text = text.replace("BUNDLE 0 1", "BUNDLE 0 1 2") + re.sub(r"a=ssrc.*\r\n", "", second)
    result = answer_publisher(parse_offer(text), LOCAL)
    assert len(result.tracks) == 2
    assert "a=group:BUNDLE 0 1\r\n" in result.sdp
    assert sections_of(result.sdp)[2].startswith("video 0 ")


@pytest.mark.parametrize(
    ("keep", "chosen"),
    [("VP8|VP9|AV1", "VP8"), ("VP9|AV1", "VP9"), ("AV1", "AV1"), ("H264|VP8", "H264")],
)
def test_codecs_are_preferred_in_the_order_of_what_can_be_done_with_them(keep: str, chosen: str) -> None:
    text = re.sub(rf"a=rtpmap:\d+ (?!{keep}|opus)(?!rtx)\w+/90000\r\n", "", offer_text("chromium-156-publisher"))
    assert answer_publisher(parse_offer(text), LOCAL).tracks[1].codec.name == chosen


@pytest.mark.parametrize(
    ("profile", "chosen"), [("42e0", "H264"), ("4d00", "H264"), ("6400", "H264"), ("6e00", "VP8"), ("f400", "VP8")]
)
def test_every_h264_profile_is_taken_those_that_few_decode_after_all_else(profile: str, chosen: str) -> None:
    text = re.sub(r"profile-level-id=....", f"profile-level-id={profile}", offer_text("chromium-156-publisher"))
    assert answer_publisher(parse_offer(text), LOCAL).tracks[1].codec.name == chosen
    alone = re.sub(r"a=rtpmap:\d+ (?!H264|opus|rtx)\w+/90000\r\n", "", text)
    codec = answer_publisher(parse_offer(alone), LOCAL).tracks[1].codec
    assert codec.name == "H264"
    assert codec.fmtp["profile-level-id"].startswith(profile)
    assert find_decoder(codec, [codec]) == codec


@pytest.mark.parametrize("profile_id", ["0", "1", "2", "3"])
def test_every_vp9_profile_is_taken_and_sent_to_who_decodes_it(profile_id: str) -> None:
    text = re.sub(r"a=rtpmap:\d+ (?!VP9|opus|rtx)\w+/90000\r\n", "", offer_text("chromium-156-publisher"))
    text = re.sub(r"profile-id=\d", f"profile-id={profile_id}", text)
    codec = answer_publisher(parse_offer(text), LOCAL).tracks[1].codec
    assert (codec.name, codec.fmtp["profile-id"]) == ("VP9", profile_id)
    other = replace(codec, fmtp={"profile-id": "9"})
    assert find_decoder(codec, [other, codec]) == codec
    assert find_decoder(codec, [other]) is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("a=rtcp-mux\r\n", "", "rtcp-mux"),
        ("a=group:BUNDLE 0 1\r\n", "", "BUNDLE"),
        ("opus/48000/2", "ISAC/16000", "Opus"),
        ("a=sendonly", "a=recvonly", "neither audio nor video"),
        ("UDP/TLS/RTP/SAVPF", "RTP/AVP", "DTLS"),
        ("a=fingerprint:sha-256", "a=fingerprint:md5", "fingerprint"),
        ("a=ice-ufrag", "a=x-ufrag", "ICE"),
        ("a=setup:actpass", "a=setup:holdconn", "setup"),
    ],
)
def test_an_offer_we_cannot_answer_is_refused_by_name(old: str, new: str, said: str) -> None:
    with pytest.raises(SdpError, match=said) as caught:
        answer_publisher(parse_offer(offer_text("chromium-156-publisher").replace(old, new)), LOCAL)
    assert caught.value.code == "unacceptable"


def test_one_payload_type_for_two_codecs_is_refused() -> None:
    text = re.sub(r"\b111\b", "108", offer_text("chromium-156-publisher"))
    with pytest.raises(SdpError, match="payload type"):
        answer_publisher(parse_offer(text), LOCAL)


def test_a_single_section_needs_neither_mid_nor_bundle() -> None:
    text = offer_text("chromium-156-publisher")
    text = re.sub(r"a=(mid|group):.*\r\n", "", text[: text.index("m=audio")] + text[text.index("m=video") :])
    result = answer_publisher(parse_offer(text), LOCAL)
    assert [(track.kind, track.mid) for track in result.tracks] == [("video", "")]
    assert "BUNDLE" not in result.sdp
    assert "a=mid" not in result.sdp


def test_sections_without_mids_cannot_be_bundled() -> None:
    text = re.sub(r"a=(mid|group):.*\r\n", "", offer_text("chromium-156-publisher"))
    with pytest.raises(SdpError, match="BUNDLE") as caught:
        answer_publisher(parse_offer(text), LOCAL)
    assert caught.value.code == "unacceptable"


@pytest.mark.parametrize(
    ("new", "allow_mixed", "taken"),
    [
        ("a=extmap:4 ", True, True),
        ("a=extmap:15 ", True, True),
        ("a=extmap:15 ", False, False),
        ("a=extmap:4/recvonly ", True, False),
        ("a=extmap:4/sendonly ", True, True),
        ("a=extmap:4100 ", True, False),
    ],
)
def test_an_extension_is_taken_where_the_peer_may_send_it_in_a_form_it_may_use(
    new: str, allow_mixed: bool, taken: bool
) -> None:
    text = offer_text("chromium-156-publisher").replace("a=extmap:4 ", new)
    if not allow_mixed:
        text = text.replace("a=extmap-allow-mixed\r\n", "")
    result = answer_publisher(parse_offer(text), LOCAL)
    assert all((MID in track.extensions) is taken for track in result.tracks)
    assert ("a=extmap-allow-mixed\r\n" in result.sdp) is allow_mixed
