import { expect, test } from 'vitest';

import { limitEncodings, videoEncodings } from '@/lib/simulcast';

const HD = { maxBitrateBps: 2_500_000, maxFramerate: 30, height: 720 };

test.each([
  [1080, ['low', 'mid', 'high']],
  [720, ['low', 'mid', 'high']],
  [480, ['mid', 'high']],
  [240, [undefined]],
])('a picture %d lines high is sent in sizes of at least 180 lines, the smallest first', (height, rids) => {
  expect(videoEncodings({ ...HD, height }).map((encoding) => encoding.rid)).toEqual(rids);
});

test('the largest has the whole bitrate, and the others what their size needs', () => {
  expect(videoEncodings(HD).map((encoding) => [encoding.scaleResolutionDownBy, encoding.maxBitrate])).toEqual([
    [4, 200_000],
    [2, 700_000],
    [1, 2_500_000],
  ]);
});

test('a picture of no given height is sent as it is', () => {
  expect(videoEncodings({ maxBitrateBps: 900_000, maxFramerate: 30 })).toEqual([
    { maxBitrate: 900_000, maxFramerate: 30 },
  ]);
});

test('new limits reach each size that was negotiated', () => {
  const encodings = videoEncodings(HD);
  limitEncodings(encodings, { maxBitrateBps: 1_000_000, maxFramerate: 15, height: 480 });
  expect(encodings.map((encoding) => [encoding.rid, encoding.maxBitrate, encoding.maxFramerate])).toEqual([
    ['low', 150_000, 15],
    ['mid', 280_000, 15],
    ['high', 1_000_000, 15],
  ]);
});

test('one size alone is given the whole', () => {
  const encodings = [{ maxBitrate: 1 }];
  limitEncodings(encodings, HD);
  expect(encodings).toEqual([{ maxBitrate: 2_500_000, maxFramerate: 30 }]);
});
