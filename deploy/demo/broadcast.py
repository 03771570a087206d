"""The FFmpeg command that plays the set: picture and sound made while they are sent, published by WHIP.

    gradients ───────────────────────┐
    loop.wav ─┬─▶ spectrum ─┐        ├─▶ screen ─▶ 1280 × 720 ─▶ + sign ─▶ H.264 ─┐
              ├─▶ scope ────┴▶ add ──┘                                            ├─▶ WHIP
              └───────────────────────────────────────────────────────── Opus ────┘

The picture is composed at a quarter of its size, in RGB, because blending is what costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import ffmpeg
import imageio_ffmpeg

FPS: Final = 30
SIZE: Final = (1280, 720)
SMALL: Final = (640, 360)
SPECTRUM_HEIGHT: Final = 120
VIDEO_BITRATE: Final = "2M"
AUDIO_BITRATE: Final = "128k"


@dataclass(frozen=True, slots=True)
class Stage:
    """The files that a broadcast needs."""

    loop: Path
    sign: Path


def command(stage: Stage, whip_url: str, token: str) -> list[str]:
    """The arguments of the FFmpeg process, the program first. It sends in real time until it is ended."""
    sound = ffmpeg.input(str(stage.loop), stream_loop=-1, re=None).audio.filter_multi_output("asplit", 3)
    picture = _picture(sound[0], sound[1], ffmpeg.input(str(stage.sign)))
    output = ffmpeg.output(
        picture,
        sound[2],
        whip_url,
        f="whip",
        authorization=token,
        # What WebRTC wants: no B-frames, a profile that every browser decodes, a key frame each second.
        vcodec="libx264",
        preset="superfast",
        tune="zerolatency",
        bf=0,
        g=FPS,
        threads=2,
        video_bitrate=VIDEO_BITRATE,
        maxrate=VIDEO_BITRATE,
        bufsize="1M",
        acodec="libopus",
        audio_bitrate=AUDIO_BITRATE,
        ar=48_000,
        ac=2,
        **{"profile:v": "baseline"},
    ).global_args("-hide_banner", "-nostdin", "-nostats", "-loglevel", "error")
    arguments: list[str] = ffmpeg.compile(output, cmd=imageio_ffmpeg.get_ffmpeg_exe())
    return arguments


def _picture(for_spectrum: Any, for_scope: Any, sign: Any) -> Any:
    # ffmpeg-python has no types.
    width, height = SMALL
    sky = ffmpeg.input(_gradients(), f="lavfi", re=None).filter("scale", width, height, flags="bilinear")
    spectrum = (
        for_spectrum.filter("bass", g=-14, f=120)
        .filter(
            "showcqt",
            s=f"{width}x{SPECTRUM_HEIGHT}",
            r=FPS,
            axis=0,
            sono_h=0,
            bar_g=3,
            bar_v=8,
            count=1,
            cscheme="0.7|0.22|0.1|0.3|0.12|0.45",
            basefreq=55,
            endfreq=7000,
        )
        .filter("format", "gbrp")
        .filter("pad", width, height, 0, height - SPECTRUM_HEIGHT)
    )
    scope = (
        # Without the bass, which is in the middle of the stage and would draw one thick line.
        for_scope.filter("highpass", f=180)
        .filter("volume", 1.4)
        .filter(
            "avectorscope", s=f"{height}x{height}", r=FPS, zoom=1.25, draw="line", scale="sqrt",
            rc=24, gc=10, bc=38, rf=14, gf=18, bf=10,
        )
        .filter("format", "gbrp")
        .filter("pad", width, height, (width - height) // 2, 0)
    )  # fmt: skip
    light = ffmpeg.filter([spectrum, scope], "blend", all_mode="addition")
    return (
        ffmpeg.filter([sky.filter("format", "gbrp"), light], "blend", all_mode="screen")
        .filter("scale", *SIZE, flags="bilinear")
        .filter("format", "yuv420p")
        .overlay(sign, x=56, y=52)
        .filter("format", "yuv420p")
    )


def _gradients() -> str:
    colours = ("0x08070d", "0x2a1158", "0x6d1440", "0x0a1f38")
    options = {"s": "320x180", "r": FPS, "n": len(colours), "type": "radial", "speed": 0.006, "seed": 5}
    options |= {f"c{index}": colour for index, colour in enumerate(colours)}
    options |= {"x0": 160, "y0": 30, "x1": 280, "y1": 180}
    return "gradients=" + ":".join(f"{name}={value}" for name, value in options.items())
