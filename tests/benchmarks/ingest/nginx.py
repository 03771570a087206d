"""nginx with its RTMP module, as Debian has it: what most who ingest RTMP run."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.support.ports import free_port
from tests.support.waiting import wait_until

PROGRAM: Final = shutil.which("nginx")
MODULE: Final = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")
PACKAGES: Final = "nginx libnginx-mod-rtmp"

_CONFIGURATION = """
load_module {module};
daemon off;
master_process off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{user}
events {{ worker_connections 1024; }}
rtmp {{
    server {{
        listen 127.0.0.1:{rtmp};
        chunk_size 65536;
        application live {{
            live on;
            hls on;
            hls_path {folder}/hls;
            hls_fragment 2s;
            hls_playlist_length 24s;
        }}
    }}
}}
http {{
    access_log off;
    types {{ application/vnd.apple.mpegurl m3u8; video/mp2t ts; text/html html; text/javascript js; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{http};
        location /hls {{ root {folder}; add_header Cache-Control no-cache; }}
        location /page {{ root {folder}; }}
    }}
}}
"""


class NginxRtmp:
    """RTMP in, plain HLS of 2 s segments out."""

    name = "nginx-rtmp"

    def __init__(self, folder: Path) -> None:
        assert PROGRAM is not None
        self.folder = folder
        rtmp, http = free_port(), free_port()
        self.rtmp_url = f"rtmp://127.0.0.1:{rtmp}/live"
        self.http_url = f"http://127.0.0.1:{http}"
        for name in ("hls", "page"):
            (folder / name).mkdir(parents=True)
        # Started by root it would give up that it may write to the folder.
        user = "user root;" if os.geteuid() == 0 else ""
        configuration = folder / "nginx.conf"
        configuration.write_text(
            _CONFIGURATION.format(module=MODULE, folder=folder, rtmp=rtmp, http=http, user=user), encoding="utf-8"
        )
        self._process = subprocess.Popen(
            [PROGRAM, "-c", str(configuration), "-p", str(folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.pids = [self._process.pid]

    @staticmethod
    def is_installed() -> bool:
        """Whether there is anything to compare with."""
        return PROGRAM is not None and MODULE.exists()

    def push_url(self, number: int) -> str:
        """Where a stream goes to."""
        return f"{self.rtmp_url}/s{number}"

    def until_playable(self, number: int) -> None:
        """Wait for the first segments."""
        playlist = self.folder / "hls" / f"s{number}.m3u8"
        wait_until(lambda: playlist.exists() and playlist.read_text().count("#EXTINF") >= 2, timeout_s=30)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)
