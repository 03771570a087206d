import { expect, test } from 'vitest';

import { formatBitrate, formatCount, formatDuration, formatElapsed, formatLatency, plural } from '@/lib/format';

test.each([
  [0, '0:00'],
  [59.9, '0:59'],
  [60, '1:00'],
  [3599, '59:59'],
  [3600, '1:00:00'],
  [360_005, '100:00:05'],
  [-3, '0:00'],
])('%d seconds have gone by as %s', (seconds, text) => expect(formatElapsed(seconds)).toBe(text));

test.each([
  [1, '1 second'],
  [29, '29 seconds'],
  [61, '1 minute'],
  [3600, '1 hour'],
  [7500, '2 hours 5 minutes'],
])('%d seconds lasted %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

test.each([
  [999, '999'],
  [1200, '1.2K'],
  [5_600_000, '5.6M'],
])('%d is counted as %s', (count, text) => expect(formatCount(count)).toBe(text));

test('one is singular, none and many are plural', () => {
  expect([0, 1, 2].map((count) => plural(count, 'viewer'))).toEqual(['0 viewers', '1 viewer', '2 viewers']);
});

test('rates and delays change their unit where it reads better', () => {
  expect([formatBitrate(64_000), formatBitrate(2_480_000)]).toEqual(['64 kbps', '2.5 Mbps']);
  expect([formatLatency(0.084), formatLatency(0.996), formatLatency(1.26)]).toEqual(['84 ms', '1.0 s', '1.3 s']);
});
