"""What lets a device of the booth reach the media worker."""

from control_api.identity import UserId
from control_api.media.addresses import AskedAt, media_urls
from control_api.media.models import WorkerSnapshot
from control_api.media.tokens import MediaToken, MediaTokenSigner
from control_api.mixes.models import DeviceGrant
from control_api.streams.models import Stream


class DeviceGrants:
    def __init__(self, tokens: MediaTokenSigner) -> None:
        self._tokens = tokens

    def monitor(self, stream: Stream, user_id: UserId, worker: WorkerSnapshot, asked_at: AskedAt) -> DeviceGrant:
        """The cue bus, and the data channel of the mix."""
        token = self._tokens.monitor(stream.id, user_id)
        return _grant(worker, media_urls(worker, stream.id, asked_at).whep, token)

    def talk(self, stream: Stream, user_id: UserId, worker: WorkerSnapshot, asked_at: AskedAt) -> DeviceGrant:
        """Microphone and camera, in the stream's newest generation."""
        token = self._tokens.talk(stream.id, user_id, stream.publish_generation)
        return _grant(worker, media_urls(worker, stream.id, asked_at).whip, token)


def _grant(worker: WorkerSnapshot, url: str, token: MediaToken) -> DeviceGrant:
    return DeviceGrant(worker.worker_id, url, token.text, token.expires_at, token.ice_servers)
