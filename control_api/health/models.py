"""Answers of the health routes."""

from typing import Literal

from control_api.api.envelopes import View


class UpView(View):
    status: Literal["ok"] = "ok"
    uptime_seconds: int


class PartView(View):
    """One thing the process stands on. `latency_ms` is null when it did not answer."""

    status: Literal["ok", "unavailable"]
    latency_ms: float | None


class WorkerView(View):
    worker_id: str
    status: Literal["ok"] = "ok"
    lease_remaining_ms: int
    viewers: int
    rooms: int


class MediaView(View):
    status: Literal["ok", "unavailable"]
    workers: list[WorkerView]


class MixerView(View):
    mixer_id: str
    status: Literal["ok"] = "ok"
    mixes: int
    capacity: int
    may_admit: bool


class MixersView(View):
    """`unavailable` when there is none: streams go on without, DJs' mixes do not."""

    status: Literal["ok", "unavailable"]
    mixers: list[MixerView]


class DetailedView(View):
    status: Literal["ok", "degraded"]
    uptime_seconds: int
    postgresql: PartView
    valkey: PartView
    media: MediaView
    mixing: MixersView
