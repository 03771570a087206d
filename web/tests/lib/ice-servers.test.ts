import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Viewer } from '@/lib/whep';
import { Publisher } from '@/lib/whip';

import { created, fakeTrack, FakePeer, mediaServer, stubWebRtc } from '../support/fake-peer';

const iceServers: RTCIceServer[] = [
  { urls: ['turn:turn.example.com:3478?transport=udp'], username: '1800000000:v', credential: 'signed' },
];

beforeEach(() => {
  stubWebRtc();
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function ports() {
  const createPeerConnection = vi.fn<(configuration: RTCConfiguration) => RTCPeerConnection>(() => new FakePeer().asPeer);
  return { fetch: mediaServer(() => created('/s/1')), createPeerConnection };
}

test('a viewer may go by the relays of its grant', async () => {
  const made = ports();
  const viewer = new Viewer(made, { connectMs: 4000, failures: 3 }, () => undefined);
  viewer.start({ workerId: 'w', originId: 'w', whepUrl: 'http://media/whep/s', hlsUrl: '', token: 't', iceServers });
  await vi.advanceTimersByTimeAsync(10);
  expect(made.createPeerConnection).toHaveBeenCalledWith(expect.objectContaining({ iceServers }));
});

test('a publisher may go by the relays of its grant', async () => {
  const made = ports();
  const publisher = new Publisher(
    {
      ...made,
      requestGrant: () => Promise.reject(new Error('the first is good')),
      streamState: () => Promise.resolve('open'),
      triesLastGrant: false,
    },
    { maxBitrateBps: 2_500_000, maxFramerate: 30, isInSizes: true },
    () => undefined,
  );
  const grant = { workerId: 'w', whipUrl: 'http://media/whip/s', token: 't', generation: 1, iceServers };
  publisher.start(grant, [fakeTrack('video')]);
  await vi.advanceTimersByTimeAsync(10);
  expect(made.createPeerConnection).toHaveBeenCalledWith(expect.objectContaining({ iceServers }));
});
