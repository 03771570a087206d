"""Many players of one LL-HLS stream: each waits for the next playlist, then fetches the part that it tells of."""

from __future__ import annotations

import gzip
import re
import select
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

_BUFFER_BYTES: Final = 1 << 19
_LENGTH: Final = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_NEWEST: Final = re.compile(r'^#EXT-X-PART:.*URI="([^"]+)"', re.MULTILINE)
_NEXT: Final = re.compile(r'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="[a-z0-9]+-(\d+)\.(\d+)-')

Key = tuple[str, int, int]
"""A playlist, and the media sequence number and part that it is asked for with."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a playlist says that has come to a part: where that is, which one follows, and when it was first heard."""

    part: str
    number: int
    index: int
    heard_at: float


@dataclass(slots=True)
class Player:
    """One rendition at one viewer, over a connection of its own, as a player over HTTP/1.1 has it."""

    sock: socket.socket
    playlist: str
    token: str
    number: int
    index: int
    told: Told | None = None
    """Set while the part is fetched."""
    missing: int = 0
    """Bytes of the answer that have not come yet."""
    body: bytearray | None = None
    """Of a playlist that nobody has read yet."""

    @property
    def key(self) -> Key:
        return self.playlist, self.number, self.index

    def ask(self) -> None:
        if self.told is not None:
            path = urljoin(self.playlist, self.told.part)
        else:
            path = f"{self.playlist}?token={self.token}&_HLS_msn={self.number}&_HLS_part={self.index}&_HLS_skip=YES"
        self.sock.send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n".encode())


def next_part(playlist: str) -> tuple[int, int]:
    """The media sequence number and index that a playlist says comes next."""
    found = _NEXT.search(playlist)
    assert found is not None, playlist
    return int(found[1]), int(found[2])


class HlsCrowd:
    """All of them, in one thread. Raises RuntimeError when one is not answered with 200."""

    def __init__(self, port: int, playlists: Sequence[str]) -> None:
        self._address = ("127.0.0.1", port)
        self.playlists = playlists
        self._players: dict[int, Player] = {}
        self._told: dict[Key, Told] = {}
        self._epoll = select.epoll()
        self._buffer = bytearray(_BUFFER_BYTES)
        self.late_s: list[float] = []
        """Of each part at each viewer: how long after the first viewer heard of it the last byte was there."""
        self.octets = 0

    def join(self, token: str, following: Sequence[tuple[int, int]]) -> None:
        """A viewer comes, who goes on with those parts of the playlists."""
        for playlist, (number, index) in zip(self.playlists, following, strict=True):
            sock = socket.create_connection(self._address)
            sock.setblocking(False)
            player = self._players[sock.fileno()] = Player(sock, playlist, token, number, index)
            self._epoll.register(sock, select.EPOLLIN)
            player.ask()

    def play(self, seconds: float) -> None:
        """Go on for so long."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            for fd, _ in self._epoll.poll(left):
                self._read(self._players[fd])

    def begin_anew(self) -> None:
        """Measure from here."""
        self.late_s.clear()
        self.octets = 0

    def close(self) -> None:
        for player in self._players.values():
            player.sock.close()
        self._epoll.close()

    def _read(self, player: Player) -> None:
        try:
            count = player.sock.recv_into(self._buffer)
        except BlockingIOError:
            return
        start = 0
        if not player.missing:
            start = self._head(player, count)
        player.missing -= count - start
        self.octets += count
        if player.body is not None:
            player.body += self._buffer[start:count]
        if not player.missing:
            self._answered(player)

    def _head(self, player: Player, count: int) -> int:
        """Where the body begins. Heads come whole."""
        end = self._buffer.find(b"\r\n\r\n", 0, count)
        length = _LENGTH.search(self._buffer, 0, max(end, 0) + 2)
        if self._buffer[9:12] != b"200" or length is None:
            raise RuntimeError(f"a viewer got {bytes(self._buffer[: min(count, 300)])!r}")
        player.missing = int(length[1])
        if player.told is None and player.key not in self._told:
            player.body = bytearray()
        return end + 4

    def _answered(self, player: Player) -> None:
        now = time.monotonic()
        told = player.told
        if told is None:
            if player.body is not None:
                self._told.setdefault(player.key, _read_playlist(bytes(player.body), now))
                player.body = None
            player.told = self._told[player.key]
        else:
            self.late_s.append(now - told.heard_at)
            player.number, player.index, player.told = told.number, told.index, None
        player.ask()


def _read_playlist(body: bytes, now: float) -> Told:
    text = gzip.decompress(body).decode()
    return Told(_NEWEST.findall(text)[-1], *next_part(text), now)
