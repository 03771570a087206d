"""What has to be right before anything is started. Each problem is one sentence that says what to do."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from deploy.standalone.account import make_passable
from deploy.standalone.settings import StandaloneSettings

OLDEST_PYTHON: Final = (3, 11)
MIN_FREE_BYTES: Final = 500 * 1024 * 1024
MIB: Final = 1024 * 1024


def problems(settings: StandaloneSettings) -> list[str]:
    """Everything that stands in the way of a start, empty when nothing does."""
    found = [python_problem(sys.version_info[:2], sys.platform), web_problem(settings.web_dist)]
    found.append(data_dir_problem(settings.data_dir))
    ports = [("PORT", settings.port), *(("MEDIA_PORT", port) for port in settings.media_ports)]
    ports.append(("RTMP_PORT", settings.rtmp_port))
    ports.extend(("MEDIA_ICE_TCP_PORT", port) for port in settings.ice_tcp_ports if port)
    ports.extend(("HLS_PORT", port) for port in settings.hls_ports if port)
    ports.extend(("MIXER_PORT", port) for port in settings.mixer_ports)
    ports.append(("JOBS_PORT", settings.jobs_port))
    found.extend(same_port_problems(ports))
    for variable, port in ports:
        kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM) if variable == "MEDIA_PORT" else (socket.SOCK_STREAM,)
        found.extend(port_problem(variable, port, kind) for kind in kinds)
    return [problem for problem in found if problem]


def python_problem(version: tuple[int, ...], platform: str) -> str | None:
    if version < OLDEST_PYTHON:
        return f"Python {version[0]}.{version[1]} is too old: install 3.11 or newer and run `make run PY=python3.11`."
    if platform != "linux":
        return f"The standalone product needs Linux and this is {platform}: run it in a Linux machine or container."
    return None


def web_problem(dist: Path) -> str | None:
    if not (dist / "index.html").is_file():
        return "The web app is not built: run `make run`, which builds it, or `npm ci && npm run build` in web/."
    return None


def data_dir_problem(data_dir: Path, min_free_bytes: int = MIN_FREE_BYTES) -> str | None:
    """Make the folder and look whether it can be written and has room."""
    try:
        make_passable(data_dir)
    except OSError as error:
        return f"The data folder {data_dir} cannot be made ({error.strerror}): set DATA_DIR to a folder you may write."
    if not os.access(data_dir, os.W_OK | os.X_OK):
        return f"The data folder {data_dir} may not be written: correct its rights, or set DATA_DIR to another one."
    free = shutil.disk_usage(data_dir).free
    if free < min_free_bytes:
        return (
            f"The disk of {data_dir} is full ({free // MIB} MiB free, {min_free_bytes // MIB} MiB needed): "
            "make room, or set DATA_DIR to another disk."
        )
    return None


def same_port_problems(ports: list[tuple[str, int]]) -> Iterator[str]:
    seen: dict[int, str] = {}
    for variable, port in ports:
        if port in seen:
            yield f"{variable} and {seen[port]} are both {port}: set one of them to another port."
        seen[port] = variable


def port_problem(variable: str, port: int, kind: socket.SocketKind) -> str | None:
    protocol = "TCP" if kind is socket.SOCK_STREAM else "UDP"
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: TIME_WAIT is no obstacle
        try:
            probe.bind(("", port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return (
                    f"{protocol} port {port} is in use: end the program that has it (`ss -lptun 'sport = :{port}'` "
                    f"names it), or set {variable} to another port."
                )
            if error.errno == errno.EACCES:
                return f"{protocol} port {port} needs more rights than you have: set {variable} to one above 1023."
            return f"{protocol} port {port} cannot be used ({error.strerror}): set {variable} to another port."
    return None
