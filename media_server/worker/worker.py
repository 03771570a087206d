"""One media worker: the socket, the rooms, the HTTP server and the control link, put together."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import Final

import structlog

from media_server.congestion.choose import choose_readers
from media_server.control.client import open_valkey
from media_server.control.dropped import DroppedViewers
from media_server.control.events import ValkeyEvents
from media_server.control.link import ControlLink
from media_server.control.load import ProcessLoad
from media_server.control.mix_lines import ValkeyMixLines
from media_server.control.others import OtherWorkers
from media_server.control.snapshot import snapshot
from media_server.control.specs import StreamSpecs
from media_server.egress.hls.egress import HlsEgress
from media_server.egress.hls.settings import HlsSettings
from media_server.feed.endpoint import FeedEndpoint
from media_server.http.app import create_app
from media_server.ingest.server import serve_rtmp
from media_server.recording.archives import Archives
from media_server.recording.background import ThreadBackground
from media_server.recording.ports import Objects
from media_server.sessions.encoder_door import EncoderDoor
from media_server.sessions.entrance import Entrance
from media_server.sessions.relay_door import RelayDoor
from media_server.sessions.rooms import Rooms, keep_polling
from media_server.sessions.worker_media import MonotonicClock, WorkerMedia
from media_server.settings import WorkerSettings
from media_server.tokens import TokenVerifier
from media_server.transcode.capacity import Capacity
from media_server.transcode.sounds import SoundMaker
from media_server.transcode.stills import StillMaker
from media_server.transport.dtls import Certificate
from media_server.transport.endpoint import UdpEndpoint, bind_udp
from media_server.transport.fanout import choose_fan_out, kernel_has_gso
from media_server.transport.sockets import versions_reached
from media_server.worker.bounds import room_limits, transcode_cores
from media_server.worker.candidates import reachable_hosts
from media_server.worker.conversions import WorkerConversions
from media_server.worker.draining import Drain, Drained
from media_server.worker.health import HealthOutput
from media_server.worker.hls_servers import make_hls_servers, served_by
from media_server.worker.listening import listen_ice_tcp, serve_http
from media_server.worker.multistream import make_multistream
from media_server.worker.outputs import make_outputs
from media_server.worker.pauses import Collector, keep_collecting, short_pauses
from media_server.worker.previews import Previews
from media_server.worker.recording import make_recording
from media_server.worker.relaying import open_pulls

_GOODBYE_S: Final = 0.3

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
        tcp_port = await listen_ice_tcp(stack, settings, endpoint)
        feeds = FeedEndpoint(*feed_socks, on_drained=lambda: rooms.flush())
        valkey = open_valkey(settings.redis_url)
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
        sounds = SoundMaker()
        conversions = WorkerConversions(
            capacity=Capacity(transcode_cores(settings)),
            sounds=sounds,
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
            sounds=sounds,
            make_outputs=outputs,
            mix_lines=mix_lines,
            clock=clock,
        )
        limits = room_limits(settings)
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
        http_port = await serve_http(stack, app, settings, endpoint.port)
        rtmp = await stack.enter_async_context(
            serve_rtmp(
                settings,
                door=EncoderDoor(rooms, media),
                find_room=rooms.find_room,
                bring=pulls.bring,
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
                for work in (sounds.run(), stills.run(), pulls.run(), dropped.run()):
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


def _make_hls(settings: WorkerSettings, clock: MonotonicClock) -> Callable[[Callable[[], None]], HlsEgress]:
    hls_settings = HlsSettings(part_s=settings.hls_part_s, segment_s=settings.hls_segment_s)
    return lambda request_keyframe: HlsEgress(
        settings=hls_settings,
        request_keyframe=request_keyframe,
        wall_offset_s=clock.unix_at_zero,
        name_key=secrets.token_bytes(32),
    )
