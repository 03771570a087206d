import { expect, test } from 'vitest';

import { hearingDelayS, sampleHearing } from '@/lib/mix/hearing';

function report(seconds: number, playout?: number): Record<string, unknown>[] {
  const samples = seconds * 48_000;
  return [
    { type: 'inbound-rtp', kind: 'video', jitterBufferDelay: 99, jitterBufferEmittedCount: 1 },
    {
      type: 'inbound-rtp',
      kind: 'audio',
      // 40 ms in the jitter buffer, 15 ms in the sound card.
      jitterBufferDelay: 0.04 * samples,
      jitterBufferEmittedCount: samples,
      ...(playout !== undefined && { estimatedPlayoutTimestamp: playout }),
    },
    { type: 'media-playout', totalPlayoutDelay: 0.015 * samples, totalSamplesCount: samples },
    { type: 'candidate-pair', nominated: false, currentRoundTripTime: 9 },
    { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.03 },
  ];
}

test('the way to the ear is packet, half the round trip, jitter buffer and sound card', () => {
  const delay = hearingDelayS(sampleHearing(report(10)), sampleHearing(report(10.5)));
  expect(delay).toBeCloseTo(0.01 + 0.015 + 0.04 + 0.015, 6);
});

test('the delay of long ago does not count', () => {
  const early = sampleHearing(report(1));
  const late = sampleHearing(report(2));
  const after = { ...late, bufferedS: early.bufferedS + 0.1 * (late.emitted - early.emitted) };
  expect(hearingDelayS(early, after)).toBeCloseTo(0.01 + 0.015 + 0.1 + 0.015, 6);
});

test('nothing is said of sound that is not played', () => {
  expect(hearingDelayS(sampleHearing(report(3)), sampleHearing(report(3)))).toBeNull();
  expect(sampleHearing([]).playoutMs).toBeNull();
});

test('a browser that tells the playout time is believed', () => {
  expect(sampleHearing(report(1, 3_999_000_000_000)).playoutMs).toBe(3_999_000_000_000);
});
