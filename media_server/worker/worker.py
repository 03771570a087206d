"""One media worker: the socket, the rooms, the HTTP server and the control link, put together."""

from __future__ import annotations

import asyncio
import os
import resource
import secrets
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import Final

import structlog
from aiohttp import web
from redis.asyncio import Redis

from media_server.congestion.choose import choose_readers
from media_server.control.dropped import DroppedViewers
from media_server.control.events import ValkeyEvents
from media_server.control.link import ControlLink
from media_server.control.load import ProcessLoad
from media_server.control.mix_lines import ValkeyMixLines
from media_server.control.others import OtherWorkers
from media_server.control.snapshot import snapshot
from media_server.control.specs import StreamSpecs
from media_server.egress.hls.background import ThreadBackground
from media_server.egress.hls.egress import HlsEgress
from media_server.egress.hls.settings import HlsSettings
from media_server.feed.endpoint import FeedEndpoint
from media_server.http.app import create_app
from media_server.http.connections import BoundedConnections, affordable
from media_server.ingest.server import serve_rtmp
from media_server.recording.archives import Archives
from media_server.recording.ports import Objects
from media_server.sessions.encoder_door import EncoderDoor
from media_server.sessions.entrance import Entrance
from media_server.sessions.relay_door import RelayDoor
from media_server.sessions.rooms import Rooms, keep_polling
from media_server.sessions.worker_media import MonotonicClock, RoomLimits, WorkerMedia
from media_server.settings import WorkerSettings
from media_server.tokens import TokenVerifier
from media_server.transcode.capacity import Capacity
from media_server.transcode.stills import StillMaker
from media_server.transport.dtls import Certificate
from media_server.transport.endpoint import UdpEndpoint, bind_udp
from media_server.transport.fanout import choose_fan_out, kernel_has_gso
from media_server.transport.sockets import bound_socket, versions_reached
from media_server.transport.tcp import MAX_CONNECTIONS, TcpLimits, TcpListener, listen_tcp
from media_server.worker.candidates import reachable_hosts
from media_server.worker.conversions import WorkerConversions
from media_server.worker.draining import Drain, Drained
from media_server.worker.health import HealthOutput
from media_server.worker.hls_servers import make_hls_servers, served_by
from media_server.worker.multistream import make_multistream
from media_server.worker.outputs import make_outputs
from media_server.worker.pauses import Collector, keep_collecting, short_pauses
from media_server.worker.previews import Previews
from media_server.worker.recording import make_recording
from media_server.worker.relaying import open_pulls

_AUDIO_THREADS: Final = 1
_HTTP_BACKLOG: Final = 128
_GOODBYE_S: Final = 0.3
_IDLE_CONNECTION_S: Final = 75.0
"""For the headers of a request too: aiohttp closes a connection that has not sent them all by then."""

_log = structlog.get_logger(__name__)


async def run_worker(
    settings: WorkerSettings,
    objects: Objects,
    *,
    on_ready: Callable[[int], None] | None = None,
    leave: asyncio.Event | None = None,
) -> None:
    """Serve until cancelled, or until everybody has left after `leave` was set or a command said so.

    `on_ready` is told the TCP port of HTTP. Raises OSError when a port is taken.
    """
    loop = asyncio.get_running_loop()
    clock = MonotonicClock()
    link: ControlLink | None = None

    def room_changed() -> None:
        specs.room_changed()
        dropped.room_changed()
        if link is not None:
            link.room_changed()

    async with AsyncExitStack() as stack:
        sock = stack.enter_context(bind_udp(settings.media_host, settings.media_port))
        use_gso = kernel_has_gso()
        fan_out = choose_fan_out(sock, use_gso=use_gso, form=settings.fanout)
        make_reader = choose_readers(form=settings.fanout)
        feed_socks = [
            stack.enter_context(bind_udp(str(host), settings.media_feed_port)) for host in settings.media_feed_host
        ]
        endpoint = UdpEndpoint(sock, on_drained=lambda: rooms.flush())
        hosts = reachable_hosts(settings, has_ipv6=sock.family == socket.AF_INET6)
        tcp_port = await _listen_ice_tcp(stack, settings, endpoint)
        feeds = FeedEndpoint(*feed_socks, on_drained=lambda: rooms.flush())
        # No socket_timeout: redis-py keeps it by asyncio.wait_for, which in Python 3.11 loses cancellations (gh-86296),
        # and the worker would not end. Whoever calls bounds the calls.
        valkey = Redis.from_url(
            settings.redis_url, decode_responses=True, socket_connect_timeout=2.0, socket_timeout=None
        )
        stack.push_async_callback(valkey.aclose)
        mix_lines = ValkeyMixLines(valkey)
        specs = StreamSpecs(valkey, lambda: rooms)
        dropped = DroppedViewers(valkey, lambda: rooms)
        archives = Archives(
            settings.media_spool_dir / settings.worker_id,
            background=ThreadBackground(stack.enter_context(ThreadPoolExecutor(1, "spool")), loop),
            objects=objects,
            events=ValkeyEvents(valkey),
            max_bytes=settings.media_spool_bytes,
        )
        await asyncio.to_thread(archives.recover)
        background = _background(stack)
        conversions = WorkerConversions(
            capacity=Capacity(_transcode_cores(settings)),
            background=background,
            opus_bitrate_bps=settings.opus_bitrate_bps,
        )
        stack.push_async_callback(conversions.close)
        stills = StillMaker()
        previews = Previews(stills)
        hls_servers = make_hls_servers(settings)
        if hls_servers is not None:
            stack.callback(hls_servers.stop)
        outputs = make_outputs(
            make_recording(archives),
            conversions.open,
            make_multistream(settings, clock),
            HealthOutput,
            previews.open,
            *served_by(hls_servers),
        )
        media = WorkerMedia(
            endpoint=endpoint,
            feeds=feeds,
            fan_out=fan_out,
            make_reader=make_reader,
            certificate=Certificate.generateCertificate(),
            candidates=tuple((host, endpoint.port) for host in hosts),
            tcp_candidates=tuple((host, tcp_port) for host in hosts) if tcp_port is not None else (),
            make_hls=_make_hls(settings, clock),
            background=background,
            make_outputs=outputs,
            mix_lines=mix_lines,
            clock=clock,
        )
        limits = _limits(settings)
        rooms = Rooms(media, limits, changed=room_changed)
        pulls = await stack.enter_async_context(
            open_pulls(rooms, settings, dropped_of=dropped.of, ip_versions=feeds.ip_versions)
        )
        app = create_app(
            rooms,
            Entrance(rooms, media, limits),
            settings,
            relays=RelayDoor(rooms, media, sends_to=versions_reached(sock)),
            pulls=pulls,
            find_archive=archives.find,
            find_preview=previews.find,
        )
        http_port = await _serve_http(stack, app, settings, endpoint.port)
        rtmp = await stack.enter_async_context(
            serve_rtmp(
                settings,
                door=EncoderDoor(rooms, media),
                find_room=rooms.find_room,
                tokens=TokenVerifier(settings.media_token_public_key),
                clock=clock,
            )
        )
        started_at = clock() + clock.unix_at_zero

        def describe() -> str:
            return snapshot(
                rooms,
                settings,
                http_port=http_port,
                hls_port=hls_servers.port if hls_servers is not None else None,
                unix_at_zero=clock.unix_at_zero,
                started_at=started_at,
                load=load.measure(sessions=rooms.session_count, max_sessions=limits.max_sessions),
            )

        async def send_encoders_away() -> None:
            assert link is not None
            rtmp.close_door()
            # Without another worker they are better off here up to the end.
            await OtherWorkers(valkey, settings.worker_id).appeared()
            await rtmp.send_away(told=link.told)

        load = ProcessLoad()
        drain = Drain(
            rooms,
            changed=room_changed,
            send_encoders_away=send_encoders_away,
            is_idle=lambda: archives.is_idle,
        )
        link = ControlLink(
            valkey,
            settings.worker_id,
            rooms,
            describe,
            internal_url=settings.internal_url(http_port),
            drain=drain.begin,
        )
        for each in (endpoint, feeds):
            each.start(loop)
            stack.callback(each.stop, loop)
        stack.push_async_callback(_take_leave, rooms, link)
        stack.enter_context(short_pauses())
        collector = Collector(lambda: endpoint.counters.received, now=clock())
        _log.info("media worker ready", worker_id=settings.worker_id, port=http_port, rtmp=rtmp.port, gso=use_gso)
        if on_ready is not None:
            on_ready(http_port)
        try:
            async with asyncio.TaskGroup() as tasks:
                for work in (keep_polling(rooms), link.run(), mix_lines.run(), specs.run(), archives.run(), rtmp.run()):
                    tasks.create_task(work)
                for work in (stills.run(), pulls.run(), dropped.run()):
                    tasks.create_task(work)
                tasks.create_task(drain.run(leave, within_s=settings.media_drain_s))
                tasks.create_task(keep_collecting(collector, clock))
                if hls_servers is not None:
                    tasks.create_task(hls_servers.run(worker_port=http_port))
        except* Drained:
            _log.info("left", worker_id=settings.worker_id)


async def _take_leave(rooms: Rooms, link: ControlLink) -> None:
    if rooms.session_count:
        rooms.close_all("the media server is going down")
        await asyncio.sleep(_GOODBYE_S)
    await link.resign()


async def _listen_ice_tcp(stack: AsyncExitStack, settings: WorkerSettings, endpoint: UdpEndpoint) -> int | None:
    """The port that peers connect to whose networks let no UDP through; None where there is to be none."""
    if not settings.media_ice_tcp_port:
        return None
    sock = listen_tcp(settings.media_host, settings.media_ice_tcp_port)
    # A part of what this process may open: HTTP needs most of it.
    total = min(MAX_CONNECTIONS, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 4)
    listener = TcpListener(sock, endpoint, TcpLimits(total=total, per_site=settings.joins_per_address_burst))
    await listener.start()
    stack.push_async_callback(listener.stop)
    return listener.port


async def _serve_http(stack: AsyncExitStack, app: web.Application, settings: WorkerSettings, udp_port: int) -> int:
    """The port that HTTP is on: that of UDP where any will do."""
    sock = stack.enter_context(bound_socket(socket.SOCK_STREAM, settings.media_host, settings.media_port or udp_port))
    connections = BoundedConnections(maximum=affordable(settings.http_connections))
    app.middlewares.append(connections.note)
    runner = web.AppRunner(app, access_log=None, keepalive_timeout=_IDLE_CONNECTION_S, shutdown_timeout=1.0)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    assert runner.server is not None
    protocols = connections.protocols(runner.server)
    listening = await asyncio.get_running_loop().create_server(protocols, sock=sock, backlog=_HTTP_BACKLOG)
    stack.callback(listening.close)
    return int(sock.getsockname()[1])


def _make_hls(settings: WorkerSettings, clock: MonotonicClock) -> Callable[[Callable[[], None]], HlsEgress]:
    hls_settings = HlsSettings(part_s=settings.hls_part_s, segment_s=settings.hls_segment_s)
    return lambda request_keyframe: HlsEgress(
        settings=hls_settings,
        request_keyframe=request_keyframe,
        wall_offset_s=clock.unix_at_zero,
        name_key=secrets.token_bytes(32),
    )


def _transcode_cores(settings: WorkerSettings) -> float:
    """What pictures may take of the machine: as configured, else all cores but one, and one where there is no other."""
    if settings.transcode_cores is not None:
        return settings.transcode_cores
    return float(max(1, len(os.sched_getaffinity(0)) - 1))


def _background(stack: AsyncExitStack) -> ThreadBackground:
    executor = ThreadPoolExecutor(_AUDIO_THREADS, thread_name_prefix="audio")
    stack.callback(executor.shutdown, wait=False, cancel_futures=True)
    return ThreadBackground(executor, asyncio.get_running_loop())


def _limits(settings: WorkerSettings) -> RoomLimits:
    return RoomLimits(
        max_sessions=settings.max_sessions,
        grace_s=settings.publish_grace_s,
        opus_bitrate_bps=settings.opus_bitrate_bps,
        video_bitrate_bps=settings.video_bitrate_bps,
    )
