"""Sessions of a host: what is asked of one happens to that one, and what it plays comes out in order."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mixer.codecs.opus import OpusSettings
from mixer.dsp.effects.state import EffectKind
from mixer.dsp.gains import Curve, Side
from mixer.engine import commands as c
from mixer.engine.commands import InvalidCommand
from mixer.engine.session import UnknownTrack
from mixer.host.settings import Bus, HostFull, UnknownSession
from tests.mixer.host.rig import HostRig, Packets, Tapped, Twin, pitch_hz, sine, song
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

_names = (f"session-{number}" for number in itertools.count())


async def test_every_session_is_encoded_with_its_own_sound(rig: HostRig) -> None:
    pitches = {await rig.opened(next(_names)): hz for hz in (300.0, 440.0, 1000.0)}
    programme: dict[str, Packets] = {}
    cue: dict[str, Packets] = {}
    for name, hz in pitches.items():
        rig.host.submit(name, c.SetListen(0, True), source="", seq=0)
        await rig.play(name, rig.track(sine(hz)))
        programme[name], cue[name] = Packets(), Packets()
        rig.host.encode(name, Bus.PROGRAMME, OpusSettings(), programme[name])
        rig.host.encode(name, Bus.CUE, OpusSettings(frame_ms=10, low_delay=True), cue[name])
    for name, hz in pitches.items():
        for packets, count, frames in ((programme[name], 40, 960), (cue[name], 80, 480)):
            await eventually(lambda packets=packets, count=count: len(packets.frames) >= count)  # type: ignore[misc]
            assert set(np.diff(packets.frames)) == {frames}
            assert pitch_hz(packets.decoded()[9600:]) == pytest.approx(hz, abs=5.0)
    for name in pitches:
        rig.host.close(name)
    other = await rig.opened(next(_names))
    # A packet that was being made when its session was closed is still handed on.
    await eventually(lambda: rig.view(other).frame > 9600)
    counts = [len(packets.frames) for packets in (*programme.values(), *cue.values())]
    await eventually(lambda: rig.view(other).frame > 2 * 9600)
    assert [len(packets.frames) for packets in (*programme.values(), *cue.values())] == counts


async def test_what_is_heard_is_what_the_engine_renders_bit_by_bit(rig: HostRig) -> None:
    name, track = await rig.opened(next(_names)), rig.track(song())
    tapped = Tapped()
    await rig.play(name, track)
    started = int(rig.view(name).frame - rig.view(name).moment.decks[0].position_frames)
    rig.host.tap(name, Bus.PROGRAMME, tapped)
    await eventually(lambda: len(tapped.blocks) > 100)
    twin = Twin(rig)
    # Both deck and engine count from the same frame: the position says when the engine began to play.
    twin.apply(started, c.Load(0, track, bpm=120.0), c.Play(0, True))
    for frame, pcm in tapped.blocks:
        assert np.array_equal(pcm, twin.programme(frame, len(pcm)))
    assert tapped.gaps() == []
    assert np.abs(tapped.blocks[-1][1]).max() > 0.01


async def test_a_refusal_names_who_asked_and_everything_before_and_after_is_done(rig: HostRig) -> None:
    name = await rig.opened(next(_names))
    for seq, command in enumerate(
        (c.SetFader(0, 0.5), c.Load(0, "0" * 64), c.SetBeatGrid(0, 1000.0, 0.0), c.SetFader(1, 0.25)), 1
    ):
        assert rig.host.submit(name, command, source="tablet", seq=seq)
    await eventually(lambda: rig.host.not_yet_in(rig.view(name), name) == {})
    await eventually(lambda: len(rig.refused) == 2)
    assert [(who, source, seq, type(error)) for who, source, seq, error in rig.refused] == [
        (name, "tablet", 2, UnknownTrack),
        (name, "tablet", 3, InvalidCommand),
    ]
    assert [deck.fader for deck in rig.view(name).desk.decks] == [0.5, 0.25]


async def test_a_command_that_a_newer_one_has_overtaken_is_dropped_and_waited_for_no_more(rig: HostRig) -> None:
    name = await rig.opened(next(_names))
    assert rig.host.submit(name, c.SetFader(0, 0.9), source="tablet", seq=2)
    assert not rig.host.submit(name, c.SetFader(0, 0.1), source="tablet", seq=1)
    assert rig.host.submit(name, c.SetFader(0, 0.7), source="phone", seq=1)
    await eventually(lambda: rig.host.not_yet_in(rig.view(name), name) == {})
    assert rig.view(name).desk.decks[0].fader == 0.7


async def test_a_view_has_every_setting_as_it_was_set(rig: HostRig) -> None:
    name, track = await rig.opened(next(_names), 4), rig.track(sine(440.0))
    for command in (
        c.Load(2, track, bpm=124.0, grid_frame=1000.0, cue_frame=4800.0),
        c.SetHotCue(2, 3, 9600.0),
        c.BeatLoop(2, 4.0),
        c.SetKeyLock(2, True),
        c.SetKeyShift(2, 2.0),
        c.SetSlip(2, True),
        c.SetQuantize(2, True),
        c.SetReverse(2, True),
        c.SetPitchRange(2, 0.16),
        c.SetPitch(2, -0.5),
        c.Bend(2, 0.04),
        c.SetTrim(2, -3.0),
        c.SetEqualiser(2, 0, -1.0),
        c.SetEqualiser(2, 1, -0.25),
        c.SetEqualiser(2, 2, 0.75),
        c.SetFilter(2, 0.3),
        c.SetFader(2, 0.6),
        c.SetSide(2, Side.THRU),
        c.SetListen(2, True),
        c.SetEffect(2, EffectKind.ECHO, mix=0.5, amount=0.25, beats=0.5),
        c.SetEffect(4, EffectKind.REVERB, mix=0.75, amount=0.5, beats=2.0),
        c.SetLeader(2),
        c.MoveCrossfader(-0.5),
        c.SetCrossfaderCurve(Curve.CUT, hamster=True),
        c.SetMaster(-6.0),
        c.SetHeadphones(0.25, True, 3.0),
        c.SetMicrophone(True, 4.0),
        c.SetMicrophone(False, 4.0),
        c.SetTalkover(-14.0, -35.0),
        c.SetRecording(True),
    ):
        rig.host.submit(name, command, source="", seq=0)
    await eventually(lambda: rig.view(name).desk.recording)
    desk = rig.view(name).desk
    deck = desk.decks[2]
    assert (deck.track, deck.bpm, deck.grid_frame, deck.cue_frame) == (track, 124.0, 1000.0, 4800.0)
    assert deck.hot_cues == (None, None, None, 9600.0, None, None, None, None)
    assert deck.loop == pytest.approx((4800.0, 4800.0 + 4 * 60.0 * 48_000 / 124.0))
    assert deck.looping
    assert deck.key_lock
    assert deck.slip
    assert deck.quantize
    assert deck.reverse
    assert not deck.playing
    assert (deck.key_shift, deck.pitch, deck.pitch_range, deck.bend) == (2.0, -0.5, 0.16, 0.04)
    assert (deck.trim_db, deck.filter, deck.fader, deck.side) == (-3.0, 0.3, 0.6, Side.THRU)
    assert deck.equaliser == pytest.approx((-1.0, -0.25, 0.75))
    assert deck.listen
    effect = deck.effect
    assert (effect.kind, effect.mix, effect.amount, effect.beats) == (EffectKind.ECHO, 0.5, 0.25, 0.5)
    assert desk.master_effect.kind is EffectKind.REVERB
    assert (desk.leader, desk.crossfader, desk.curve, desk.hamster) == (2, -0.5, Curve.CUT, True)
    assert (desk.master_db, desk.headphones_blend, desk.headphones_split, desk.headphones_db) == (-6.0, 0.25, True, 3.0)
    assert (desk.microphone_on, desk.microphone_db) == (False, 4.0)
    assert (desk.talkover_depth_db, desk.talkover_threshold_db) == (-14.0, -35.0)
    assert rig.refused == []


async def test_a_host_is_bounded_and_names_are_checked(rig: HostRig) -> None:
    names = [next(_names) for _ in range(rig.host.settings.capacity)]
    for name in names:
        rig.host.open(name)
    with pytest.raises(HostFull):
        rig.host.open(next(_names))
    assert not rig.host.may_admit()
    with pytest.raises(ValueError, match="already"):
        rig.host.open(names[0])
    for name in names:
        rig.host.close(name)
    with pytest.raises(UnknownSession):
        rig.host.view(names[0])
    for wrong in ("", "../x", "a" * 65, "a/b"):
        with pytest.raises(ValueError, match="name"):
            rig.host.open(wrong)


async def test_a_sink_that_raises_ends_its_own_output_alone(rig: HostRig) -> None:
    name = await rig.opened(next(_names))

    def broken(frame: int, packet: bytes) -> None:
        raise RuntimeError("a bug of whoever takes packets")

    packets = Packets()
    ended = rig.host.encode(name, Bus.PROGRAMME, OpusSettings(), broken)
    healthy = rig.host.encode(name, Bus.PROGRAMME, OpusSettings(), packets)
    await eventually(lambda: ended.is_dropped)
    count = len(packets.frames)
    await eventually(lambda: len(packets.frames) > count + 5)
    assert not healthy.is_dropped
