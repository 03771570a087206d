import { describe, expect, test } from 'vitest';

import { received, receivedLatencyS, sampleReceived } from '@/lib/inbound-stats';
import { outgoing, sampleSent, type SentSample } from '@/lib/rtc-stats';

const PICTURE = { ssrc: 1, frames: 0, width: 1280, height: 720, limitation: 'none' };
const QUIET: SentSample = { at: 1000, bytes: 0, pictures: [PICTURE], rttS: 0.02, lossRatio: 0 };

function after({ limitation = 'none', ...changes }: Partial<SentSample> & { limitation?: string }): SentSample {
  return { ...QUIET, at: 2000, bytes: 250_000, pictures: [{ ...PICTURE, frames: 30, limitation }], ...changes };
}

describe('what goes out', () => {
  test('is the sum of sound and picture over the time between two looks', () => {
    const report = (at: number, audio: number, video: number, frames: number) =>
      sampleSent([
        { type: 'outbound-rtp', kind: 'audio', timestamp: at, bytesSent: audio },
        { type: 'outbound-rtp', kind: 'video', timestamp: at, bytesSent: video, framesSent: frames, frameHeight: 720 },
        { type: 'remote-inbound-rtp', fractionLost: 0.01, roundTripTime: 0.03 },
        { type: 'codec' },
      ]);
    const reading = outgoing(report(1000, 0, 0, 0), report(3000, 64_000, 436_000, 60), false);
    expect([reading.bitrateBps, reading.fps, reading.height]).toEqual([2_000_000, 30, 720]);
    expect(reading.health.grade).toBe('good');
  });

  test.each([
    ['nothing sent', { bytes: 0 }, 'poor'],
    ['a tenth lost', { lossRatio: 0.1 }, 'poor'],
    ['a second to answer', { rttS: 1 }, 'poor'],
    ['a reduced picture', { limitation: 'bandwidth' }, 'fair'],
    ['a busy computer', { limitation: 'cpu' }, 'fair'],
    ['a little lost', { lossRatio: 0.03 }, 'fair'],
    ['no trouble', {}, 'good'],
  ] as const)('with %s is called %s', (_name, changes, grade) => {
    expect(outgoing(QUIET, after(changes), false).health.grade).toBe(grade);
  });

  test('of several sizes is told as the largest that is sent, whatever their order', () => {
    const report = (at: number, [low, mid, high]: [number, number, number]) =>
      sampleSent([
        { type: 'outbound-rtp', kind: 'video', ssrc: 3, timestamp: at, framesSent: high, frameHeight: 720 },
        { type: 'outbound-rtp', kind: 'video', ssrc: 1, timestamp: at, framesSent: low, frameHeight: 180 },
        { type: 'outbound-rtp', kind: 'video', ssrc: 2, timestamp: at, framesSent: mid, frameHeight: 360 },
      ]);
    const all = outgoing(report(1000, [30, 30, 30]), report(2000, [60, 60, 55]), false);
    expect([all.height, all.fps]).toEqual([720, 25]);
    const withoutTheLargest = outgoing(report(1000, [30, 30, 30]), report(2000, [60, 50, 30]), false);
    expect([withoutTheLargest.height, withoutTheLargest.fps]).toEqual([360, 20]);
  });

  test('is not blamed on the network while the browser is still finding out', () => {
    expect(outgoing(QUIET, after({ limitation: 'bandwidth' }), true).health.grade).toBe('good');
    expect(outgoing(QUIET, after({ lossRatio: 0.2, limitation: 'bandwidth' }), true).health.grade).toBe('poor');
  });
});

test('what arrives is late by half a round trip and its time in the buffer', () => {
  const look = (bufferedS: number, emitted: number) =>
    sampleReceived([
      { type: 'inbound-rtp', kind: 'video', bytesReceived: 1, jitterBufferDelay: bufferedS, jitterBufferEmittedCount: emitted },
      { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.04 },
    ]);
  expect(receivedLatencyS(look(1, 100), look(2.5, 130))).toBeCloseTo(0.07);
  expect(receivedLatencyS(look(1, 100), look(1, 100))).toBeNull();
});

test('what arrives is told with its bitrate, its losses and its codecs, the picture first', () => {
  const look = (at: number, bytes: number, packetsReceived: number, packetsLost: number) =>
    sampleReceived([
      { type: 'inbound-rtp', kind: 'audio', timestamp: at, bytesReceived: 0, codecId: 'a' },
      { type: 'inbound-rtp', kind: 'video', timestamp: at, bytesReceived: bytes, packetsReceived, packetsLost, codecId: 'v' },
      { type: 'codec', id: 'a', mimeType: 'audio/opus' },
      { type: 'codec', id: 'v', mimeType: 'video/H264' },
    ]);
  const reading = received(look(1000, 0, 100, 4), look(3000, 500_000, 190, 14));
  expect(reading).toMatchObject({ bitrateBps: 2_000_000, lossRatio: 0.1, codecs: 'H264, opus', latencyS: null });
  // A packet that was counted as lost and came late lowers the count.
  expect(received(look(1000, 0, 100, 4), look(2000, 0, 110, 1)).lossRatio).toBe(0);
});
