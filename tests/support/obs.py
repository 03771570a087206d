"""OBS Studio as its users have it, in a window that nobody sees. Debian: obs-studio, xvfb, dbus, libgl1-mesa-dri."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.support.waiting import wait_until

PROGRAMS: Final = ("obs", "Xvfb", "dbus-run-session")
PACKAGES: Final = "obs-studio xvfb dbus libgl1-mesa-dri"
_END_S: Final = 10.0


class ObsMissing(RuntimeError):
    """OBS is not installed; the message says what to install."""


@dataclass(frozen=True, slots=True)
class ObsProfile:
    """Simple output, as the wizard leaves it. Sizes in pixels, rates in kbit/s; `x264` are further encoder options."""

    width: int = 1280
    height: int = 720
    fps: int = 30
    video_kbps: int = 2500
    audio_kbps: int = 160
    preset: str = "ultrafast"
    x264: str = ""


@contextmanager
def obs_streaming(
    folder: Path, *, server: str, key: str, clip: Path, profile: ObsProfile | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """OBS that plays `clip` in a loop and streams it to `server`. Raises ObsMissing."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        raise ObsMissing(f"{', '.join(missing)} not found: install {PACKAGES} (Debian packages)")
    _configure(folder, server=server, key=key, clip=clip, profile=profile or ObsProfile())
    run = folder / "run"
    run.mkdir(mode=0o700)
    with _display(folder) as display, (folder / "obs.log").open("wb") as log:
        environment = os.environ | {
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / ".config"),
            "XDG_RUNTIME_DIR": str(run),
            "DISPLAY": display,
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "QT_QPA_PLATFORM": "xcb",
            "PULSE_SERVER": "none",
        }
        options = ("--multi", "--startstreaming", "--profile", "Test", "--collection", "Test", "--scene", "Scene")
        process = subprocess.Popen(
            ["dbus-run-session", "--", "obs", *options],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield process
        except BaseException:
            print(f"--- OBS said:\n{(folder / 'obs.log').read_text(errors='replace')[-4000:]}")
            raise
        finally:
            _end(process)


@contextmanager
def _display(folder: Path) -> Iterator[str]:
    """An X server that chooses its own free number, and says which."""
    read_end, write_end = os.pipe()
    with (folder / "xvfb.log").open("wb") as log:
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "1280x800x24", "+extension", "GLX"],
            pass_fds=(write_end,),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    os.close(write_end)
    try:
        with os.fdopen(read_end) as told:
            number = told.readline().strip()
        if not number:
            raise ObsMissing(f"Xvfb did not start: {(folder / 'xvfb.log').read_text(errors='replace')[-500:]}")
        yield f":{number}"
    finally:
        _end(server)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Interrupt the whole group, then kill what is left of it."""
    for sig in (signal.SIGINT, signal.SIGKILL):
        try:
            os.killpg(process.pid, sig)
        except ProcessLookupError:
            break
        try:
            wait_until(lambda: process.poll() is not None, timeout_s=_END_S)
        except TimeoutError:
            continue
    process.wait(_END_S)


def _configure(folder: Path, *, server: str, key: str, clip: Path, profile: ObsProfile) -> None:
    config = folder / ".config" / "obs-studio"
    (config / "basic" / "scenes").mkdir(parents=True)
    (config / "basic" / "profiles" / "Test").mkdir(parents=True)
    _write_ini(
        config / "global.ini",
        {
            "General": {"FirstRun": "true", "EnableAutoUpdates": "false", "ConfirmOnExit": "false"}
            | dict.fromkeys(("Pre19Defaults", "Pre21Defaults", "Pre23Defaults", "Pre24.1Defaults"), "false"),
            "Basic": {
                **{"Profile": "Test", "ProfileDir": "Test", "SceneCollection": "Test", "SceneCollectionFile": "Test"},
                "ConfigOnNewProfile": "false",
            },
            "BasicWindow": {
                **{"WarnBeforeStartingStream": "false", "WarnBeforeStoppingStream": "false"},
                **{"SysTrayEnabled": "false", "PreviewEnabled": "false"},
            },
        },
    )
    _write_ini(
        config / "basic" / "profiles" / "Test" / "basic.ini",
        {
            "General": {"Name": "Test"},
            "Output": {"Mode": "Simple", "DelayEnable": "false"}
            | {"Reconnect": "true", "RetryDelay": "2", "MaxRetries": "25"},
            "SimpleOutput": {
                "VBitrate": str(profile.video_kbps),
                "ABitrate": str(profile.audio_kbps),
                "StreamEncoder": "x264",
                "Preset": profile.preset,
                "UseAdvanced": "true" if profile.x264 else "false",
                "x264Settings": profile.x264,
            },
            "Video": {
                **{"BaseCX": str(profile.width), "BaseCY": str(profile.height)},
                **{"OutputCX": str(profile.width), "OutputCY": str(profile.height)},
                **{"FPSType": "1", "FPSInt": str(profile.fps), "ColorFormat": "NV12"},
            },
            "Audio": {"SampleRate": "48000", "ChannelSetup": "Stereo"},
        },
    )
    service = {"type": "rtmp_custom", "settings": {"server": server, "key": key, "use_auth": False, "bwtest": False}}
    (config / "basic" / "profiles" / "Test" / "service.json").write_text(json.dumps(service))
    (config / "basic" / "scenes" / "Test.json").write_text(json.dumps(_collection(clip, profile)))


def _collection(clip: Path, profile: ObsProfile) -> dict[str, Any]:
    """One scene with one clip in it, as large as the picture."""
    item = {
        **{"id": 1, "name": "Clip", "visible": True, "align": 5, "pos": {"x": 0.0, "y": 0.0}},
        **{"bounds_type": 2, "bounds": {"x": float(profile.width), "y": float(profile.height)}, "bounds_align": 0},
        "scale": {"x": 1.0, "y": 1.0},
    }
    settings = {"local_file": str(clip), "is_local_file": True, "looping": True, "restart_on_activate": True}
    return {
        **{"name": "Test", "current_scene": "Scene", "current_program_scene": "Scene"},
        "scene_order": [{"name": "Scene"}],
        "sources": [
            _source("scene", "Scene", {"id_counter": 1, "items": [item]}, mixers=0),
            _source("ffmpeg_source", "Clip", settings, mixers=255),
        ],
    }


def _source(kind: str, name: str, settings: dict[str, Any], *, mixers: int) -> dict[str, Any]:
    return {
        **{"id": kind, "versioned_id": kind, "name": name, "settings": settings, "mixers": mixers},
        **{"volume": 1.0, "balance": 0.5, "enabled": True, "muted": False},
    }


def _write_ini(path: Path, sections: Mapping[str, Mapping[str, str]]) -> None:
    lines: list[str] = []
    for name, values in sections.items():
        lines += [f"[{name}]", *(f"{key}={value}" for key, value in values.items())]
    path.write_text("\n".join(lines) + "\n")
