"""Where replays are found, from the root of this server."""

from control_api.replays.models import Replay, ReplayId, Visibility
from control_api.replays.tokens import ReplayTokens, Right


class ReplayAddresses:
    """Private ones have a token in their path, so that what a playlist names has it too. It is only for who may see
    them: ask before."""

    def __init__(self, tokens: ReplayTokens, prefix: str) -> None:
        self._tokens = tokens
        self._prefix = prefix

    def playlist(self, replay: Replay) -> str:
        return f"{self._root(replay)}/index.m3u8"

    def thumbnail(self, replay: Replay) -> str | None:
        return f"{self._root(replay)}/thumbnail.jpg" if replay.thumbnail_key is not None else None

    def download(self, replay_id: ReplayId) -> str:
        """For its creator alone."""
        return f"{self._prefix}/replay/{replay_id}/with/{self._tokens.make(Right.DOWNLOAD, replay_id)}/download"

    def _root(self, replay: Replay) -> str:
        root = f"{self._prefix}/replay/{replay.id}"
        if replay.visibility is Visibility.PUBLIC:
            return root
        return f"{root}/with/{self._tokens.make(Right.WATCH, replay.id)}"
