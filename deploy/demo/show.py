"""`python -m deploy.demo.show`: signs in as the demo DJ and plays the set, for as long as it is let."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import aiohttp
import structlog
from pydantic import Field, ValidationError
from pydantic_settings import SettingsConfigDict

from deploy import logs
from deploy.demo import crate, music, sign
from deploy.demo.accounts import ALL, DJ, RESIDENT
from deploy.demo.backoff import Backoff
from deploy.demo.broadcast import Stage, command
from deploy.demo.client import ApiClient, ApiRefused
from deploy.processes.running import refuse, run_until_signal
from deploy.processes.settings import ProcessSettings, sentences
from deploy.standalone.embedded import die_with_parent
from deploy.standalone.settings import ANY_ADDRESS, reachable

TITLE: Final = "Night Shift: a set that nobody plays"
DESCRIPTION: Final = "Synthesised house at 124 BPM, made by a few lines of Python and FFmpeg. The demo of NRS Live."
SIGN_TEXT: Final = "NIGHT SHIFT"
SIGN_COLOUR: Final = (255, 196, 120)
LOOK_EVERY_S: Final = 10.0
LOOK_AGAIN_S: Final = 2.0
LOST_AFTER_S: Final = 6.0
END_TIMEOUT_S: Final = 3.0

log = structlog.get_logger("deploy.demo")


class ShowSettings(ProcessSettings):
    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, frozen=True)

    host: str = ANY_ADDRESS
    port: int = Field(default=3000, ge=1, le=65_535)
    api_version: str = "v1"


def set_the_stage(folder: Path) -> Stage:
    stage = Stage(folder / "loop.wav", folder / "sign.png")
    music.write_wav(stage.loop, music.render())
    sign.write_png(stage.sign, sign.draw(SIGN_TEXT, SIGN_COLOUR))
    return stage


class Show:
    """Publishes, watches over what is published, and publishes again when it breaks."""

    def __init__(self, api: ApiClient, stage: Stage) -> None:
        self._api = api
        self._stage = stage

    async def run(self) -> None:
        """Until cancelled."""
        backoff = Backoff()
        try:
            while True:
                began = time.monotonic()
                try:
                    await self._publish()
                except (ApiRefused, aiohttp.ClientError, TimeoutError) as error:
                    log.warning("demo_cannot_publish", reason=str(error))
                delay_s = backoff.after(ran_s=time.monotonic() - began)
                log.info("demo_publishes_again", in_s=delay_s)
                await asyncio.sleep(delay_s)
        finally:
            with suppress(ApiRefused, aiohttp.ClientError, TimeoutError):
                async with asyncio.timeout(END_TIMEOUT_S):
                    await self._api.end_stream()

    async def _publish(self) -> None:
        """Returns when the publishing process has ended or its stream is no longer received."""
        grant = await self._api.publish(TITLE, DESCRIPTION)
        process = await asyncio.create_subprocess_exec(
            *command(self._stage, grant.whip_url, grant.token),
            stdin=asyncio.subprocess.DEVNULL,
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
        log.info("demo_publishing", stream_id=grant.stream_id)
        watching = asyncio.create_task(self._until_lost())
        ending = asyncio.create_task(process.wait())
        try:
            await asyncio.wait([watching, ending], return_when=asyncio.FIRST_COMPLETED)
            log.warning("demo_interrupted", ffmpeg_status=process.returncode)
        finally:
            watching.cancel()
            await _end(process)
            await asyncio.gather(watching, ending, return_exceptions=True)

    async def _until_lost(self) -> None:
        """FFmpeg does not notice that nobody receives its datagrams any more; the API knows."""
        missed_since: float | None = None
        while missed_since is None or time.monotonic() - missed_since < LOST_AFTER_S:
            await asyncio.sleep(LOOK_EVERY_S if missed_since is None else LOOK_AGAIN_S)
            try:
                stream = await self._api.current_stream()
            except (ApiRefused, aiohttp.ClientError, TimeoutError):
                # The API is away: that says nothing about the media.
                missed_since = None
                continue
            if stream is None:
                return
            if stream["mediaState"] == "live":
                missed_since = None
            elif missed_since is None:
                missed_since = time.monotonic()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Let FFmpeg say goodbye (DELETE on its session), and kill it when that takes too long."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(END_TIMEOUT_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def play(settings: ShowSettings) -> None:
    base = f"http://{reachable(settings.host)}:{settings.port}/api/{settings.api_version}/"
    async with aiohttp.ClientSession(base) as session:
        for account in ALL:
            await ApiClient(session, account).ensure_account()
        with tempfile.TemporaryDirectory(prefix="nrs-demo-") as folder:
            stage = await asyncio.to_thread(set_the_stage, Path(folder))
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_fill_crate(ApiClient(session, RESIDENT)))
                tasks.create_task(Show(ApiClient(session, DJ), stage).run())


async def _fill_crate(api: ApiClient) -> None:
    """The set goes on whether or not there are tracks for somebody else."""
    try:
        await crate.fill(api)
    except (ApiRefused, aiohttp.ClientError, TimeoutError) as error:
        log.warning("demo_crate_not_filled", reason=str(error))


def main() -> int:
    try:
        settings = ShowSettings()
    except ValidationError as error:
        return refuse(sentences(error))
    if settings.is_production:
        return refuse("The demo has public passwords and runs in development only: unset NODE_ENV.")
    logs.configure(production=False, level=settings.log_level)
    return run_until_signal("demo", lambda: play(settings))


if __name__ == "__main__":
    sys.exit(main())
