"""`python -m deploy.processes.api`: REST, Socket.IO and the built web app on one port."""

from __future__ import annotations

import asyncio
import sys
from typing import Final

import structlog
from aiohttp import web
from pydantic import ValidationError

from control_api.app import create_app
from control_api.settings import ApiSettings, SettingsError
from deploy import logs
from deploy.processes.live_updates import Announcements
from deploy.processes.running import refuse, run_until_signal
from deploy.processes.settings import WebSettings, sentences
from deploy.processes.web_app import WebApp

IDLE_CONNECTION_S: Final = 75.0  # for a request's headers too, so that a connection costs its holder something
SHUTDOWN_TIMEOUT_S: Final = 3.0  # for requests under way; sockets are closed at once

log = structlog.get_logger("deploy.processes.api")


def build(settings: ApiSettings, web_settings: WebSettings) -> web.Application:
    announcements = Announcements()
    app = create_app(settings, announce=announcements, announce_chat=announcements)
    announcements.attach(app, settings)
    WebApp(web_settings.web_dist, web_settings.all_media_origins).install(app)
    return app


async def serve(settings: ApiSettings, web_settings: WebSettings) -> None:
    """Serve until cancelled. Raises OSError when the port is taken, MigrationError when the database is not ours."""
    runner = web.AppRunner(
        build(settings, web_settings),
        access_log=None,
        keepalive_timeout=IDLE_CONNECTION_S,
        shutdown_timeout=SHUTDOWN_TIMEOUT_S,
    )
    try:
        await runner.setup()
        site = web.TCPSite(runner, settings.host, settings.port)
        await site.start()
        log.info("api_ready", port=runner.addresses[0][1])
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def main() -> int:
    try:
        web_settings = WebSettings()
        settings = ApiSettings.from_environment()
    except ValidationError as error:
        return refuse(sentences(error))
    except SettingsError as error:
        return refuse(str(error))
    logs.configure(production=web_settings.is_production, level=web_settings.log_level)
    return run_until_signal("api", lambda: serve(settings, web_settings))


if __name__ == "__main__":
    sys.exit(main())
