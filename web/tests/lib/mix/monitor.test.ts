import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Monitor, type MonitorGrant, type MonitorState } from '@/lib/mix/monitor';

import { created, FakePeer, mediaServer, refused, stubWebRtc } from '../../support/fake-peer';

function grant(workerId: string): MonitorGrant {
  return { workerId, whepUrl: `http://${workerId}/whep/s`, token: workerId, expiresAt: '', iceServers: [] };
}

function stage(respond: Parameters<typeof mediaServer>[0] = (_method, url) => created(`${url}/1`)) {
  const peers: FakePeer[] = [];
  const states: MonitorState['status'][] = [];
  const channels: RTCDataChannel[] = [];
  const requestGrant = vi.fn(() => Promise.resolve(grant('media-2')));
  const monitor = new Monitor({
    fetch: mediaServer(respond),
    createPeerConnection: () => {
      const peer = new FakePeer();
      peers.push(peer);
      return peer.asPeer;
    },
    requestGrant,
    onState: ({ status }) => states.push(status),
    onChannel: (channel) => channels.push(channel),
  });
  const connections = (): RTCPeerConnectionState[] => peers.map(({ connectionState }) => connectionState);
  return { monitor, peers, states, channels, requestGrant, connections };
}

beforeEach(() => {
  stubWebRtc();
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a monitor goes on at another media server, and hears the one it leaves until then', async () => {
  const { monitor, peers, states, channels, requestGrant, connections } = stage();
  monitor.start(grant('media-1'));
  await vi.advanceTimersByTimeAsync(10);
  monitor.move('media-9');
  await vi.advanceTimersByTimeAsync(10);
  expect(requestGrant).not.toHaveBeenCalled();
  let wasHeard: RTCPeerConnection | null = null;
  requestGrant.mockImplementationOnce(() => {
    wasHeard = monitor.connection;
    return Promise.resolve(grant('media-2'));
  });
  monitor.move('media-1');
  await vi.advanceTimersByTimeAsync(10);
  expect(wasHeard).toBe(peers[0]);
  expect(connections()).toEqual(['closed', 'connected']);
  expect(monitor.connection).toBe(peers[1]);
  expect(channels).toHaveLength(2);
  expect(states).toEqual(['connecting', 'connected', 'connected']);
  // What is told again of the server that was left is nothing new.
  monitor.move('media-1');
  await vi.advanceTimersByTimeAsync(10);
  expect(requestGrant).toHaveBeenCalledTimes(1);
  monitor.stop();
});

test('a monitor that is sent away before the mix is elsewhere hears on, and asks until it is', async () => {
  let hasMoved = false;
  const { monitor, states, requestGrant, connections } = stage((method, url) => {
    const isElsewhere = url.startsWith('http://media-2');
    if (isElsewhere && !hasMoved) return refused(404, 'STREAM_NOT_LIVE', { 'Retry-After': '1' });
    const isLeaving = method === 'POST' && !isElsewhere && requestGrant.mock.calls.length > 0;
    return isLeaving ? refused(503, 'WORKER_DRAINING') : created(`${url}/1`);
  });
  // The platform has yet to move the mix.
  requestGrant.mockResolvedValueOnce(grant('media-1'));
  monitor.start(grant('media-1'));
  await vi.advanceTimersByTimeAsync(10);
  monitor.move('media-1');
  await vi.advanceTimersByTimeAsync(3000);
  expect(connections()[0]).toBe('connected');
  expect(states).toEqual(['connecting', 'connected']);
  hasMoved = true;
  await vi.advanceTimersByTimeAsync(3000);
  expect(states).toEqual(['connecting', 'connected', 'connected']);
  monitor.stop();
});

test('a monitor whose media server is gone before there is another says so, and comes back', async () => {
  let isUp = false;
  const { monitor, peers, states } = stage((_method, url) => {
    if (!isUp && url.startsWith('http://media-2')) throw new TypeError('Failed to fetch');
    return created(`${url}/1`);
  });
  monitor.start(grant('media-1'));
  await vi.advanceTimersByTimeAsync(10);
  monitor.move('media-1');
  await vi.advanceTimersByTimeAsync(10);
  peers[0]?.closeByServer();
  await vi.advanceTimersByTimeAsync(10);
  expect(states).toEqual(['connecting', 'connected', 'reconnecting']);
  isUp = true;
  await vi.advanceTimersByTimeAsync(5000);
  expect(states.at(-1)).toBe('connected');
  monitor.stop();
});
