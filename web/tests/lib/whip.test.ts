import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { ApiError } from '@/lib/http';
import { Publisher, type PublishGrant, type PublishState, type PublisherPorts } from '@/lib/whip';

import { created, fakeTrack, FakePeer, mediaServer, refused, stubWebRtc } from '../support/fake-peer';

const LIMITS = { maxBitrateBps: 2_500_000, maxFramerate: 30, isInSizes: true };

function grant(generation: number): PublishGrant {
  // The first is for another server than those that follow.
  return {
    workerId: generation === 1 ? 'media-1' : 'media-2',
    whipUrl: 'http://media/whip/s', token: `token-${generation}`, generation, iceServers: [] };
}

interface Stage {
  publisher: Publisher;
  peers: FakePeer[];
  states: PublishState[];
  server: ReturnType<typeof mediaServer>;
  requestGrant: ReturnType<typeof vi.fn<PublisherPorts['requestGrant']>>;
}

function stage(
  respond: Parameters<typeof mediaServer>[0] = () => created('/whip/s/1'),
  platform: Partial<Pick<PublisherPorts, 'streamState' | 'triesLastGrant'>> & {
    connects?: (attempt: number) => boolean;
  } = {},
): Stage {
  const peers: FakePeer[] = [];
  const states: PublishState[] = [];
  const server = mediaServer(respond);
  let generation = 1;
  const requestGrant = vi.fn<PublisherPorts['requestGrant']>(() => Promise.resolve(grant(++generation)));
  const publisher = new Publisher(
    {
      fetch: server,
      createPeerConnection: () => {
        const peer = new FakePeer(platform.connects?.(peers.length) ?? true);
        peers.push(peer);
        return peer.asPeer;
      },
      requestGrant,
      streamState: platform.streamState ?? (() => Promise.resolve('open')),
      triesLastGrant: platform.triesLastGrant ?? false,
    },
    LIMITS,
    (state) => states.push(state),
  );
  return { publisher, peers, states, server, requestGrant };
}

function statuses(states: PublishState[]): string[] {
  return states.map((state) => state.status);
}

beforeEach(() => {
  stubWebRtc();
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('a publisher', () => {
  test('offers music in stereo, with its token, and is live once connected', async () => {
    const { publisher, states, server } = stage();
    publisher.start(grant(1), [fakeTrack('audio'), fakeTrack('video')]);
    await vi.advanceTimersByTimeAsync(10);
    expect(statuses(states)).toEqual(['connecting', 'live']);
    const init = server.mock.calls[0]?.[1];
    expect(new Headers(init?.headers).get('Authorization')).toBe('Bearer token-1');
    expect(new Headers(init?.headers).get('Content-Type')).toBe('application/sdp');
    expect(init?.body).toContain('stereo=1;sprop-stereo=1;maxaveragebitrate=256000');
  });

  test('ends its session with DELETE at the address it was given', async () => {
    const { publisher, server, states } = stage();
    publisher.start(grant(1), [fakeTrack('audio')]);
    await vi.advanceTimersByTimeAsync(10);
    await publisher.stop();
    expect(server.mock.calls.map(([url, init]) => [init?.method, url])).toEqual([
      ['POST', 'http://media/whip/s'],
      ['DELETE', 'http://media/whip/s/1'],
    ]);
    expect(states.at(-1)?.status).toBe('stopped');
  });

  test('comes back with a new grant when the server no longer knows its session', async () => {
    const { publisher, peers, states, requestGrant } = stage((method) =>
      method === 'PATCH' ? refused(404, 'SESSION_NOT_FOUND') : created('/whip/s/1'),
    );
    publisher.start(grant(1), [fakeTrack('audio')]);
    await vi.advanceTimersByTimeAsync(10);
    peers[0]?.go('failed');
    await vi.advanceTimersByTimeAsync(2000);
    expect(statuses(states)).toEqual(['connecting', 'live', 'reconnecting', 'live']);
    expect(requestGrant).toHaveBeenCalledTimes(1);
  });

  test('goes on at another media server without leaving the one it is at before', async () => {
    const { publisher, peers, states, requestGrant } = stage(undefined, {
      streamState: () => Promise.resolve('live'),
    });
    publisher.start(grant(1), [fakeTrack('audio')]);
    await vi.advanceTimersByTimeAsync(10);
    publisher.move('media-9');
    await vi.advanceTimersByTimeAsync(10);
    expect(requestGrant).not.toHaveBeenCalled();
    let wasOn: RTCPeerConnectionState | undefined;
    requestGrant.mockImplementationOnce(() => {
      wasOn = peers[0]?.connectionState;
      return Promise.resolve(grant(2));
    });
    publisher.move('media-1');
    await vi.advanceTimersByTimeAsync(10);
    expect(wasOn).toBe('connected');
    expect(peers.map((peer) => peer.connectionState)).toEqual(['closed', 'connected']);
    expect(statuses(states)).toEqual(['connecting', 'live', 'live']);
    // What is told again of the server that was left is nothing new.
    publisher.move('media-1');
    await vi.advanceTimersByTimeAsync(10);
    expect(requestGrant).toHaveBeenCalledTimes(1);
  });

  test('told to go elsewhere, asks until there is a place, and ends with the stream', async () => {
    const { publisher, peers, states, requestGrant } = stage(undefined, {
      streamState: () => Promise.resolve('ended'),
    });
    publisher.start(grant(1), [fakeTrack('audio')]);
    await vi.advanceTimersByTimeAsync(10);
    requestGrant.mockRejectedValueOnce(new ApiError(503, 'NO_MEDIA_WORKER', 'later'));
    requestGrant.mockRejectedValueOnce(new ApiError(410, 'STREAM_ENDED', 'over'));
    publisher.move('media-1');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(requestGrant).toHaveBeenCalledTimes(2);
    expect(states.at(-1)?.status).toBe('ended');
    expect(peers.map((peer) => peer.connectionState)).toEqual(['closed']);
  });

  test('rides out a short silence', async () => {
    const { publisher, peers, states, server } = stage();
    publisher.start(grant(1), [fakeTrack('audio')]);
    await vi.advanceTimersByTimeAsync(10);
    peers[0]?.go('disconnected');
    await vi.advanceTimersByTimeAsync(1000);
    peers[0]?.go('connected');
    await vi.advanceTimersByTimeAsync(5000);
    expect(statuses(states)).toEqual(['connecting', 'live']);
    expect(server).toHaveBeenCalledTimes(1);
  });

  test('keeps its session through a change of network by an ICE restart', async () => {
    const { publisher, peers, states, server, requestGrant } = stage((method) =>
      method === 'PATCH'
        ? new Response('a=ice-ufrag:fresh\r\na=ice-pwd:freshpwd\r\n', { headers: { ETag: '"two"' } })
        : created('/whip/s/1'),
    );
    publisher.start(grant(1), [fakeTrack('audio')]);
    await vi.advanceTimersByTimeAsync(10);
    peers[0]?.go('failed');
    await vi.advanceTimersByTimeAsync(10);
    const patch = server.mock.calls[1]?.[1];
    expect(new Headers(patch?.headers).get('If-Match')).toBe('*');
    expect(patch?.body).toContain('a=ice-ufrag:restarted');
    expect(peers[0]?.remoteDescription?.sdp).toContain('a=ice-ufrag:fresh');
    // Without it the sound would turn mono with the restart.
    expect(peers[0]?.localDescription?.sdp).toContain('stereo=1');
    expect(statuses(states)).toEqual(['connecting', 'live']);
    expect(requestGrant).not.toHaveBeenCalled();
  });

  test('gives way to another device, and does not take the stream back', async () => {
    const { publisher, peers, states, requestGrant } = stage(undefined, {
      streamState: () => Promise.resolve('live'),
    });
    publisher.start(grant(1), [fakeTrack('audio')]);
    await vi.advanceTimersByTimeAsync(10);
    peers[0]?.closeByServer();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(statuses(states)).toEqual(['connecting', 'live', 'reconnecting', 'taken-over']);
    expect(requestGrant).not.toHaveBeenCalled();
  });

  test('takes a stream for its own that is called live only because the news are old', async () => {
    const answers: ('live' | 'open')[] = ['live', 'live', 'open'];
    const { publisher, peers, states } = stage(undefined, {
      streamState: () => Promise.resolve(answers.shift() ?? 'open'),
    });
    publisher.start(grant(1), [fakeTrack('audio')]);
    await vi.advanceTimersByTimeAsync(10);
    peers[0]?.closeByServer();
    await vi.advanceTimersByTimeAsync(3000);
    expect(statuses(states)).toEqual(['connecting', 'live', 'reconnecting', 'live']);
  });

  test('is done when the stream has ended', async () => {
    const { publisher, peers, states } = stage(undefined, { streamState: () => Promise.resolve('ended') });
    publisher.start(grant(1), [fakeTrack('audio')]);
    await vi.advanceTimersByTimeAsync(10);
    peers[0]?.closeByServer();
    await vi.advanceTimersByTimeAsync(10);
    expect(states.at(-1)?.status).toBe('ended');
  });

  test('tries on while nothing can be reached', async () => {
    let isDown = true;
    const { publisher, states } = stage(() => {
      if (isDown) throw new TypeError('Failed to fetch');
      return created('/whip/s/1');
    });
    publisher.start(grant(1), [fakeTrack('audio')]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(states.at(-1)?.status).toBe('reconnecting');
    isDown = false;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(states.at(-1)?.status).toBe('live');
  });

  test('says why when its offer is not accepted', async () => {
    const { publisher, states } = stage(() => refused(422, 'NO_COMMON_CODEC'));
    publisher.start(grant(1), [fakeTrack('video')]);
    await vi.advanceTimersByTimeAsync(10);
    expect(states.at(-1)).toMatchObject({ status: 'failed', message: expect.stringContaining('NO_COMMON_CODEC') as string });
  });

  test('stops when the platform forbids it to go on', async () => {
    const { publisher, peers, states, requestGrant } = stage();
    requestGrant.mockRejectedValueOnce(new ApiError(403, 'FORBIDDEN', 'Your account may not do this.'));
    publisher.start(grant(1), [fakeTrack('audio')]);
    await vi.advanceTimersByTimeAsync(10);
    peers[0]?.closeByServer();
    await vi.advanceTimersByTimeAsync(10);
    expect(states.at(-1)).toEqual({ status: 'failed', message: 'Your account may not do this.' });
  });

  test('gives up a connection that does not come about, ends its session and tries again', async () => {
    const { publisher, states, server } = stage(undefined, { connects: (attempt) => attempt > 0 });
    publisher.start(grant(1), [fakeTrack('audio')]);
    await vi.advanceTimersByTimeAsync(12_000);
    expect(states.at(-1)?.status).toBe('live');
    expect(server.mock.calls.map(([, init]) => init?.method)).toEqual(['POST', 'DELETE', 'POST']);
  });

  test('changes a device without a new connection', async () => {
    const { publisher, peers, server } = stage();
    publisher.start(grant(1), [fakeTrack('audio'), fakeTrack('video')]);
    await vi.advanceTimersByTimeAsync(10);
    const other = fakeTrack('video');
    await publisher.replaceTrack(other);
    expect(peers[0]?.senders.map((sender) => sender.track)).toContain(other);
    expect(server).toHaveBeenCalledTimes(1);
  });

  test('sends a kind that comes later over a new connection, and goes on over the one of before until then', async () => {
    const { publisher, peers, states, requestGrant } = stage(undefined, {
      streamState: () => Promise.resolve('live'),
    });
    publisher.start(grant(1), [fakeTrack('video')]);
    await vi.advanceTimersByTimeAsync(10);
    let wasOn: RTCPeerConnectionState | undefined;
    requestGrant.mockImplementationOnce(() => {
      wasOn = peers[0]?.connectionState;
      return Promise.resolve(grant(2));
    });
    await publisher.replaceTrack(fakeTrack('audio'));
    await vi.advanceTimersByTimeAsync(10);
    expect(wasOn).toBe('connected');
    expect(peers.map((peer) => peer.connectionState)).toEqual(['closed', 'connected']);
    expect(peers[1]?.senders.map((sender) => sender.track?.kind)).toEqual(['video', 'audio']);
    expect(statuses(states)).toEqual(['connecting', 'live', 'live']);
  });

  test('sends what comes, and what is changed, while it is connecting', async () => {
    const { publisher, peers } = stage();
    const other = fakeTrack('video');
    publisher.start(grant(1), [fakeTrack('video')]);
    await publisher.replaceTrack(other);
    await publisher.replaceTrack(fakeTrack('audio'));
    await vi.advanceTimersByTimeAsync(10);
    const last = peers.at(-1);
    expect(last?.connectionState).toBe('connected');
    expect(last?.senders.map((sender) => sender.track?.kind)).toEqual(['video', 'audio']);
    expect(last?.senders[0]?.track).toBe(other);
  });

  describe('that tries its last grant again', () => {
    const tokens = (server: Stage['server']): (string | null)[] =>
      server.mock.calls.map(([, init]) => new Headers(init?.headers).get('Authorization'));

    test('is back with it when nobody else was there', async () => {
      const { publisher, peers, states, server, requestGrant } = stage(undefined, { triesLastGrant: true });
      publisher.start(grant(1), [fakeTrack('audio')]);
      await vi.advanceTimersByTimeAsync(10);
      peers[0]?.closeByServer();
      await vi.advanceTimersByTimeAsync(10);
      expect(statuses(states)).toEqual(['connecting', 'live', 'reconnecting', 'live']);
      expect(tokens(server)).toEqual(['Bearer token-1', 'Bearer token-1']);
      expect(requestGrant).not.toHaveBeenCalled();
    });

    test('gives way at once to who came with a newer one', async () => {
      let isTaken = false;
      const { publisher, peers, states, requestGrant } = stage(
        () => (isTaken ? refused(409, 'SUPERSEDED') : created('/whip/s/1')),
        { triesLastGrant: true },
      );
      publisher.start(grant(1), [fakeTrack('audio')]);
      await vi.advanceTimersByTimeAsync(10);
      isTaken = true;
      peers[0]?.closeByServer();
      await vi.advanceTimersByTimeAsync(10);
      expect(states.at(-1)?.status).toBe('taken-over');
      expect(requestGrant).not.toHaveBeenCalled();
    });

    test.each([
      { code: 'ALREADY_PUBLISHING', status: 409, then: 'live' },
      { code: 'STREAM_NOT_LIVE', status: 404, then: 'live' },
      { code: 'INVALID_TOKEN', status: 401, then: 'taken-over' },
    ])('after $code of a connection that the server closed is $then', async ({ code, status, then }) => {
      let isLost = false;
      const { publisher, peers, states } = stage(
        (_method, _url, init) =>
          isLost && new Headers(init.headers).get('Authorization') === 'Bearer token-1'
            ? refused(status, code)
            : created('/whip/s/1'),
        { triesLastGrant: true, streamState: (_signal, loss) => Promise.resolve(loss === 'closed' ? 'live' : 'open') },
      );
      publisher.start(grant(1), [fakeTrack('audio')]);
      await vi.advanceTimersByTimeAsync(10);
      isLost = true;
      peers[0]?.closeByServer();
      await vi.advanceTimersByTimeAsync(15_000);
      expect(states.at(-1)?.status).toBe(then);
    });
  });
});
