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


class DetailedView(View):
    status: Literal["ok", "degraded"]
    uptime_seconds: int
    postgresql: PartView
    valkey: PartView
    media: MediaView
