"""What the supervisor starts follows from the settings."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from deploy.standalone.child import ChildSpec
from deploy.standalone.embedded import ServerFailed
from deploy.standalone.plan import ensure_database, plan
from deploy.standalone.settings import ANY_ADDRESS, StandaloneSettings, reachable


def settings(data_dir: Path, **values: object) -> StandaloneSettings:
    return StandaloneSettings.model_validate({"data_dir": data_dir, **values})


def environment(spec: ChildSpec) -> dict[str, str]:
    assert spec.launch.env is not None
    return spec.launch.env


def test_servers_of_our_own_come_first_and_the_processes_are_told_where_they_are(tmp_path: Path) -> None:
    postgres, valkey, api, jobs, worker, mixer = plan(settings(tmp_path), {"JWT_SECRET": "s"})
    names = [spec.name for spec in (postgres, valkey, api, jobs, worker, mixer)]
    assert names == ["PostgreSQL", "Valkey", "api", "jobs", "media worker", "mixer"]
    assert environment(jobs)["DATABASE_URL"] == environment(api)["DATABASE_URL"]
    assert environment(jobs)["OBJECTS_URL"] == environment(api)["OBJECTS_URL"]
    assert environment(jobs)["INSPECTION_DIR"] == str(tmp_path / "inspection")
    assert str(tmp_path / "postgres") in postgres.where
    assert environment(api)["DATABASE_URL"].startswith("postgresql://postgres@/nrs_live?host=")
    assert environment(worker)["REDIS_URL"] == environment(api)["REDIS_URL"] == valkey.where
    assert environment(worker)["CONTROL_INTERNAL_URL"] == "http://127.0.0.1:3000"
    assert environment(mixer)["REDIS_URL"] == valkey.where
    assert environment(mixer)["OBJECTS_URL"] == environment(api)["OBJECTS_URL"]
    assert environment(mixer)["DATA_DIR"] == str(tmp_path)
    assert environment(api)["JWT_SECRET"] == "s"


def test_servers_that_are_given_are_used_and_none_is_started(tmp_path: Path) -> None:
    given = {"DATABASE_URL": "postgresql://db/nrs", "REDIS_URL": "redis://cache"}
    specs = plan(settings(tmp_path, database_url="postgresql://db/nrs", redis_url="redis://cache"), given)
    assert [spec.name for spec in specs] == ["api", "jobs", "media worker", "mixer"]
    assert {name: environment(specs[0])[name] for name in given} == given


def test_each_of_several_media_workers_has_a_name_and_a_port_of_its_own(tmp_path: Path) -> None:
    workers = plan(settings(tmp_path, media_workers=3, media_port=4100), {})[-4:-1]
    assert [environment(spec)["MEDIA_PORT"] for spec in workers] == ["4100", "4101", "4102"]
    assert [environment(spec)["MEDIA_ICE_TCP_PORT"] for spec in workers] == ["3400", "3401", "3402"]
    assert len({environment(spec)["WORKER_ID"] for spec in workers}) == 3


def test_encoders_reach_whichever_media_worker_is_there_at_one_port(tmp_path: Path) -> None:
    workers = plan(settings(tmp_path, media_workers=2, rtmp_port=2935), {})[-3:-1]
    assert [environment(spec)["RTMP_PORT"] for spec in workers] == ["2935", "2935"]


def test_media_workers_that_are_to_take_no_tcp_take_none(tmp_path: Path) -> None:
    workers = plan(settings(tmp_path, media_workers=2, media_ice_tcp_port=0), {})[-3:-1]
    assert [environment(spec)["MEDIA_ICE_TCP_PORT"] for spec in workers] == ["0", "0"]


@pytest.mark.parametrize(("first", "ports"), [(0, ["0", "0"]), (3600, ["3600", "3601"])])
def test_no_two_media_workers_share_a_port_for_hls(tmp_path: Path, first: int, ports: list[str]) -> None:
    workers = plan(settings(tmp_path, media_workers=2, hls_port=first), {})[-3:-1]
    assert [environment(spec)["HLS_PORT"] for spec in workers] == ports


def test_each_of_several_mixers_has_a_name_and_a_port_of_its_own(tmp_path: Path) -> None:
    mixers = plan(settings(tmp_path, mixer_workers=2, mixer_port=4200), {"MIXER_ID": "desk"})[-2:]
    assert [environment(spec)["MIXER_PORT"] for spec in mixers] == ["4200", "4201"]
    assert [environment(spec)["MIXER_ID"] for spec in mixers] == ["desk-1", "desk-2"]
    assert all("deploy.processes.mixer" in spec.launch.argv for spec in mixers)


def test_a_process_is_probed_where_it_listens() -> None:
    assert [reachable(host) for host in (ANY_ADDRESS, "::", "192.0.2.1")] == ["127.0.0.1", "127.0.0.1", "192.0.2.1"]


async def test_the_database_is_created_once(empty_database_url: str) -> None:
    admin = await asyncpg.connect(empty_database_url)
    name = await admin.fetchval("SELECT 'made_' || md5(random()::text)")
    try:
        await ensure_database(empty_database_url, name)
        await ensure_database(empty_database_url, name)
        assert await admin.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name) == 1
    finally:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}"')
        await admin.close()


async def test_a_server_that_is_away_is_told_as_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(ServerFailed, match="PostgreSQL has no database"):
        await ensure_database(f"postgresql://postgres@/postgres?host={tmp_path}", "nrs_live")
