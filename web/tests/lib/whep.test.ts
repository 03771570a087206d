import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { Viewer, type ViewerLimits, type ViewState, type WatchGrant } from '@/lib/whep';

import { created, FakePeer, mediaServer, refused, stubWebRtc } from '../support/fake-peer';

const GRANT: WatchGrant = {
  workerId: 'w',
  originId: 'w',
  whepUrl: 'http://media/whep/s',
  hlsUrl: '',
  token: 'watch',
  iceServers: [],
};
const LIMITS = { connectMs: 4000, failures: 3 };

function stage(
  respond: Parameters<typeof mediaServer>[0],
  connects: boolean | (() => boolean) = true,
  limits: ViewerLimits = LIMITS,
) {
  const peers: FakePeer[] = [];
  const states: ViewState[] = [];
  const server = mediaServer(respond);
  const createPeerConnection = (): RTCPeerConnection => {
    const peer = new FakePeer(typeof connects === 'function' ? connects() : connects);
    peers.push(peer);
    return peer.asPeer;
  };
  const viewer = new Viewer({ fetch: server, createPeerConnection }, limits, (state) => states.push(state));
  return { viewer, peers, states, server };
}

function statuses(states: ViewState[]): string[] {
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

describe('a viewer who has no other way', () => {
  const ALONE = { connectMs: 4000, failures: null };

  test('gets to the picture once the machine or the network is quick enough', async () => {
    let tries = 0;
    const { viewer, peers, states } = stage(() => created('/whep/s/1'), () => (tries += 1) > 4, ALONE);
    viewer.start(GRANT);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(states.at(-1)?.status).toBe('connected');
    expect(statuses(states)).not.toContain('unusable');
    expect(peers).toHaveLength(5);
  });

  test('is given more time to connect each time, up to a bound', async () => {
    const begun: number[] = [];
    const note = (): boolean => (begun.push(Date.now()), false);
    const { viewer, states } = stage(() => created('/whep/s/1'), note, ALONE);
    viewer.start(GRANT);
    await vi.advanceTimersByTimeAsync(200_000);
    const gaps = begun.slice(1).map((at, index) => at - (begun[index] ?? 0));
    expect(gaps[0]).toBeLessThan(5000);
    expect(gaps[1]).toBeGreaterThan(8000);
    expect(Math.max(...gaps)).toBeLessThan(26_000);
    expect(states.at(-1)?.status).toBe('reconnecting');
  });

  test('is not refused for good by a server with too much to do', async () => {
    let busy = 6;
    const { viewer, states } = stage(() => ((busy -= 1) >= 0 ? refused(503, 'SESSION_LIMIT') : created('/whep/s/1')), true, ALONE);
    viewer.start(GRANT);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(states.at(-1)?.status).toBe('connected');
  });

  test('is told when the server cannot serve this browser', async () => {
    const { viewer, states, server } = stage(() => refused(422, 'UNSUPPORTED'), true, ALONE);
    viewer.start(GRANT);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(statuses(states)).toEqual(['connecting', 'unusable']);
    expect(server).toHaveBeenCalledTimes(1);
  });
});

describe('a viewer', () => {
  test('asks for another grant where nobody is there any more', async () => {
    const { viewer, states, server } = stage(() => {
      throw new TypeError('Failed to fetch');
    });
    viewer.start(GRANT);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(statuses(states).at(-1)).toBe('refused');
    expect(server).toHaveBeenCalledTimes(LIMITS.failures);
  });

  test('asks for another grant where the media server is about to leave', async () => {
    const { viewer, states, server } = stage(() => refused(503, 'WORKER_DRAINING', { 'Retry-After': '1' }));
    viewer.start(GRANT);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(statuses(states)).toEqual(['connecting', 'refused']);
    expect(server).toHaveBeenCalledTimes(1);
  });

  test('asks for stereo and gets a stream', async () => {
    const { viewer, states, server } = stage(() => created('/whep/s/1'));
    viewer.start(GRANT);
    await vi.advanceTimersByTimeAsync(10);
    expect(statuses(states)).toEqual(['connecting', 'connected']);
    expect(server.mock.calls[0]?.[1]?.body).toContain('a=fmtp:111 stereo=1');
  });

  test('offers to be told how the layers of a picture depend on each other', async () => {
    const { viewer, peers } = stage(() => created('/whep/s/1'));
    viewer.start(GRANT);
    await vi.advanceTimersByTimeAsync(10);
    expect(peers[0]?.headerExtensions.map(({ direction }) => direction)).toEqual(['sendrecv', 'recvonly']);
  });

  test('waits as long as the server says for a stream that is not there yet', async () => {
    const answers = [refused(404, 'STREAM_NOT_LIVE', { 'Retry-After': '2' })];
    const { viewer, states, server } = stage(() => answers.shift() ?? created('/whep/s/1'));
    viewer.start(GRANT);
    await vi.advanceTimersByTimeAsync(1900);
    expect(server).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(statuses(states)).toEqual(['connecting', 'waiting', 'connected']);
  });

  test('finds WebRTC unusable when it does not connect in time', async () => {
    const { viewer, peers, states } = stage(() => created('/whep/s/1'), false);
    viewer.start(GRANT);
    await vi.advanceTimersByTimeAsync(3900);
    expect(states.at(-1)?.status).toBe('connecting');
    await vi.advanceTimersByTimeAsync(200);
    expect(states.at(-1)?.status).toBe('unusable');
    expect(peers).toHaveLength(1);
    expect(peers[0]?.connectionState).toBe('closed');
  });

  test('finds WebRTC unusable after three refusals in a row', async () => {
    const { viewer, states, server } = stage(() => refused(503, 'SESSION_LIMIT'));
    viewer.start(GRANT);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(statuses(states)).toEqual(['connecting', 'reconnecting', 'reconnecting', 'unusable']);
    expect(server).toHaveBeenCalledTimes(3);
  });

  test('connects again when the server closed the connection', async () => {
    const { viewer, peers, states } = stage(() => created('/whep/s/1'));
    viewer.start(GRANT);
    await vi.advanceTimersByTimeAsync(10);
    peers[0]?.closeByServer();
    await vi.advanceTimersByTimeAsync(10);
    expect(statuses(states)).toEqual(['connecting', 'connected', 'reconnecting', 'connected']);
  });

  test.each([401, 403])('asks to join again when its token is refused with %d', async (status) => {
    const { viewer, states, server } = stage(() => refused(status, 'INVALID_TOKEN'));
    viewer.start(GRANT);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(statuses(states)).toEqual(['connecting', 'refused']);
    expect(server).toHaveBeenCalledTimes(1);
  });

  test('says goodbye in a way that outlives the page', async () => {
    const { viewer, server, states } = stage(() => created('/whep/s/1'));
    viewer.start(GRANT);
    await vi.advanceTimersByTimeAsync(10);
    viewer.stop(true);
    await vi.advanceTimersByTimeAsync(10);
    const [url, init] = server.mock.calls.at(-1) ?? [];
    expect([url, init?.method, init?.keepalive]).toEqual(['http://media/whep/s/1', 'DELETE', true]);
    expect(states.at(-1)?.status).toBe('stopped');
  });

  test('treats a session without an address as a failure, not as a success', async () => {
    const { viewer, states } = stage(() => new Response('v=0', { status: 201 }));
    viewer.start(GRANT);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(states.at(-1)?.status).toBe('unusable');
  });
});
