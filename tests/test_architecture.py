"""Who may import whom (ARCHITECTURE.md), what may do I/O, and how large and how named a module may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGES = ("media_server", "mixer", "signaling", "control_api", "deploy")
MAX_LINES = 350
BANNED_NAMES = frozenset({"utils", "util", "helpers", "helper", "manager", "common", "misc"})

# Which of our packages a package may import, itself left out.
MAY_IMPORT = {
    "deploy": {"signaling", "control_api", "media_server", "mixer"},
    "control_api": set[str](),
    "signaling": set[str](),
    "media_server": set[str](),
    # Its worker alone, and of it the feed and how outages of Valkey are lived through: see below.
    "mixer": {"media_server"},
}

# Inside media_server, from the wiring down. A room may import what it names, and nothing else of media_server.
MEDIA_SERVER = {
    "worker": {
        *("control", "http", "sessions", "egress", "feed", "router", "transport", "rtp", "sdp", "settings", "tokens"),
        *("ingest", "hls_servers", "recording", "transcode", "rtmp", "hub", "codecs", "relay", "internal_api"),
        "congestion",
    },
    "control": {"sessions", "recording", "transcode", "egress", "hub", "router", "rtp", "settings", "outages"},
    "http": {
        *("sessions", "recording", "egress", "hub", "codecs", "feed", "router", "rtp", "sdp", "settings", "tokens"),
        *("sites", "relay"),
    },
    "hls_servers": {"egress", "transcode", "transport", "tokens"},
    "ingest": {"rtmp", "sessions", "hub", "codecs", "settings", "tokens", "internal_api"},
    "sessions": {
        *("transcode", "egress", "hub", "codecs", "feed", "router", "transport", "rtp", "sdp", "settings", "tokens"),
        *("congestion", "relay"),
    },
    "relay": {"transport", "sdp", "rtp", "internal_api"},
    "recording": {"egress", "hub", "codecs"},
    "transcode": {"hub", "codecs"},
    "feed": {"transport", "rtp"},
    "egress": {"hub", "codecs", "rtmp", "router", "rtp"},
    "rtmp": {"hub", "codecs"},
    "hub": {"codecs", "rtp"},
    "codecs": set[str](),
    "router": {"codecs", "congestion", "rtp", "sdp"},
    "congestion": {"rtp"},
    "transport": {"rtp", "sdp", "sites"},
    "sdp": {"rtp"},
    "rtp": set[str](),
    "settings": set[str](),
    "tokens": set[str](),
    "outages": set[str](),
    "internal_api": set[str](),
    "sites": set[str](),
}

# Inside mixer, from the wiring down. Only the clock reads the time.
MIXER = {
    "worker": {"host", "recording", "codecs", "auto_dj", "tracks", "clock", "engine", "dsp"},
    "auto_dj": {"engine", "dsp"},
    "host": {"clock", "codecs", "tracks", "engine", "dsp"},
    "recording": {"codecs", "dsp"},
    "codecs": {"dsp"},
    "clock": {"dsp"},
    "inspection": {"tracks", "analysis", "dsp"},
    "tracks": {"engine", "dsp"},
    "analysis": {"dsp"},
    "engine": {"dsp"},
    "dsp": set[str](),
}

# No asyncio, no sockets, no threads and no clock: these are fed, and told what time it is.
SANS_IO = (
    "media_server/rtp",
    "media_server/sdp",
    "media_server/router",
    "media_server/congestion",
    "media_server/egress/hls",
    "media_server/egress/rtp",
    "media_server/hub",
    "media_server/codecs",
    "media_server/rtmp",
    "mixer/dsp",
    "mixer/engine",
    "mixer/analysis",
    "mixer/auto_dj",
)
IO_MODULES = frozenset(
    {"asyncio", "socket", "select", "selectors", "ssl", "threading", "concurrent", "multiprocessing", "subprocess"}
    | {"time", "aiohttp", "aioice", "redis", "asyncpg", "uvloop", "requests", "http", "urllib.request"}
)

AIORTC_PRIVATE_HOMES = frozenset({"media_server/transport/dtls.py", "media_server/transport/sctp.py"})
SQL_HOME = "control_api"


@dataclass(frozen=True)
class Module:
    path: str
    """Below the repository, with slashes."""

    @property
    def package(self) -> str:
        return self.path.split("/")[0]

    @property
    def room(self) -> str:
        """The second part of the path, without a suffix."""
        return self.path.split("/")[1].removesuffix(".py")

    def imports(self) -> Iterator[tuple[str, int]]:
        """Full names of what it imports, with lines; `from a import b` gives both a and a.b."""
        for node in ast.walk(parse(self.path)):
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = node.module or ""
                if node.level:
                    parents = self.path.split("/")[: -node.level]
                    base = ".".join([*parents, base]) if base else ".".join(parents)
                yield base, node.lineno
                yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


@cache
def parse(path: str) -> ast.Module:
    return ast.parse((REPOSITORY / path).read_text(), path)


def modules(*roots: str) -> list[Module]:
    return [
        Module(path.relative_to(REPOSITORY).as_posix())
        for root in roots
        for path in sorted((REPOSITORY / root).rglob("*.py"))
        if "node_modules" not in path.parts
    ]


def our_root(name: str) -> str | None:
    root = name.split(".")[0]
    return root if root in (*PACKAGES, "tests") else None


def report(problems: list[str]) -> None:
    assert not problems, "\n" + "\n".join(sorted(set(problems)))


def test_the_walk_sees_the_product() -> None:
    assert {module.package for module in modules(*PACKAGES)} >= {"media_server", "signaling", "control_api", "deploy"}
    worker_imports = {name for name, _ in Module("media_server/worker/worker.py").imports()}
    assert "media_server.settings.WorkerSettings" in worker_imports


def test_packages_import_downwards_only() -> None:
    report(
        [
            f"{module.path}:{line} imports {root}"
            for module in modules(*PACKAGES)
            for name, line in module.imports()
            if (root := our_root(name)) is not None
            and root != module.package
            and root not in MAY_IMPORT[module.package]
        ]
    )


@pytest.mark.parametrize(("package", "rooms"), [("media_server", MEDIA_SERVER), ("mixer", MIXER)])
def test_the_rooms_of_a_package_import_downwards_only(package: str, rooms: dict[str, set[str]]) -> None:
    problems = []
    for module in modules(package):
        if module.room == "__init__":
            continue
        assert module.room in rooms, f"{module.path} is in a room that the table does not know"
        for name, line in module.imports():
            parts = name.split(".")
            if parts[0] != package or len(parts) < 2 or parts[1] == module.room:
                continue
            if parts[1] in rooms and parts[1] not in rooms[module.room]:
                problems.append(f"{module.path}:{line} imports {package}.{parts[1]}")
    report(problems)


def test_routes_know_services_and_services_know_queries_of_their_own_feature() -> None:
    problems = []
    for module in modules("control_api"):
        feature = module.path.split("/")[1]
        stem = module.path.rsplit("/", 1)[-1].removesuffix(".py")
        for name, line in module.imports():
            parts = name.split(".")
            if parts[0] != "control_api" or len(parts) < 3:
                continue
            is_queries = any(part == "queries" or part.endswith("_queries") for part in parts)
            if is_queries and parts[1] != feature:
                problems.append(f"{module.path}:{line} imports the queries of {parts[1]}: call its service")
            if is_queries and stem == "routes":
                problems.append(f"{module.path}:{line} is a route and imports queries")
            if "routes" in parts and stem in {"service", "queries", "models"}:
                problems.append(f"{module.path}:{line} imports routes")
    report(problems)


def test_sans_io_rooms_do_no_io_and_read_no_clock() -> None:
    problems = []
    for module in modules(*SANS_IO):
        for name, line in module.imports():
            if name in IO_MODULES or name.split(".")[0] in IO_MODULES:
                problems.append(f"{module.path}:{line} imports {name}")
        for node in ast.walk(parse(module.path)):
            if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
                problems.append(f"{module.path}:{node.lineno} is asynchronous")
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"now", "utcnow", "today"}
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in {"datetime", "date"}
            ):
                problems.append(f"{module.path}:{node.lineno} reads the clock")
    report(problems)


def test_http_frameworks_stay_in_the_http_room_of_the_media_server() -> None:
    allowed = {"http", "worker"}
    # The mixer's end of a feed is a client of the worker's HTTP, an edge of its origin's, both doors of control_api's.
    clients = {"media_server/feed/sender.py", "media_server/feed/posting.py", "media_server/ingest/asking.py"}
    clients |= {"media_server/internal_api.py", "media_server/relay/origins.py"}
    report(
        [
            f"{module.path}:{line} imports {name}"
            for module in modules("media_server")
            if module.room not in allowed and module.path not in clients
            for name, line in module.imports()
            if name.split(".")[0] == "aiohttp"
        ]
    )


def test_only_the_worker_room_of_the_mixer_knows_valkey_http_and_the_feed() -> None:
    outside = {"redis", "aiohttp", "obstore"}
    report(
        [
            f"{module.path}:{line} imports {name}"
            for module in modules("mixer")
            for name, line in module.imports()
            if (name.split(".")[0] in outside and module.room != "worker")
            or (name.startswith("media_server.") and not name.startswith(("media_server.feed", "media_server.outages")))
            or (name.startswith("media_server") and module.room != "worker")
        ]
    )


def test_only_control_api_speaks_sql() -> None:
    # The supervisor creates the database that control_api then fills.
    allowed = {"deploy/standalone/plan.py"}
    report(
        [
            f"{module.path}:{line} imports asyncpg"
            for module in modules(*PACKAGES)
            if module.package != SQL_HOME and module.path not in allowed
            for name, line in module.imports()
            if name.split(".")[0] == "asyncpg"
        ]
    )


def test_private_names_of_aiortc_live_in_two_files() -> None:
    problems = []
    for module in modules("media_server"):
        if module.path in AIORTC_PRIVATE_HOMES:
            continue
        for name, line in module.imports():
            parts = name.split(".")
            if parts[0] == "aiortc" and any(part.startswith("_") for part in parts):
                problems.append(f"{module.path}:{line} imports {name}")
    report(problems)


@pytest.mark.parametrize("root", [*PACKAGES, "tests"])
def test_modules_are_short_and_named_for_what_they_do(root: str) -> None:
    problems = []
    for module in modules(root):
        lines = len((REPOSITORY / module.path).read_text().splitlines())
        if lines > MAX_LINES:
            problems.append(
                f"{module.path} has {lines} lines, {MAX_LINES} are allowed: look for a part with one concern"
            )
        words = {word for part in module.path.removesuffix(".py").split("/") for word in part.split("_")}
        if banned := words & BANNED_NAMES:
            problems.append(f"{module.path} is called {', '.join(banned)}: name what it does")
    report(problems)


def test_every_test_folder_is_a_package() -> None:
    folders = {path.parent for path in (REPOSITORY / "tests").rglob("*.py") if "node_modules" not in path.parts}
    report(
        [
            f"{folder.relative_to(REPOSITORY)} has no __init__.py"
            for folder in folders
            if not (folder / "__init__.py").exists()
        ]
    )
