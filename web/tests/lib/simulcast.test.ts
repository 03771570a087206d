import { expect, test } from 'vitest';

import { limitEncodings, videoEncodings } from '@/lib/simulcast';

const HD = { maxBitrateBps: 2_500_000, maxFramerate: 30, isInSizes: true };

test.each([
  [1080, ['low', 'mid', 'high']],
  [720, ['low', 'mid', 'high']],
  [480, ['mid', 'high']],
  [240, [undefined]],
  [0, [undefined]],
])('a picture of %d lines is sent in sizes of at least 180, the smallest first', (height, rids) => {
  expect(videoEncodings(HD, height).map((encoding) => encoding.rid)).toEqual(rids);
});

test('the largest has the whole bitrate, and the others what their size needs', () => {
  expect(videoEncodings(HD, 720).map((encoding) => [encoding.scaleResolutionDownBy, encoding.maxBitrate])).toEqual([
    [4, 200_000],
    [2, 600_000],
    [1, 2_500_000],
  ]);
});

test('a small picture never takes much of what the largest has', () => {
  const encodings = videoEncodings({ ...HD, maxBitrateBps: 400_000 }, 720);
  expect(encodings.map((encoding) => encoding.maxBitrate)).toEqual([160_000, 160_000, 400_000]);
});

test('what is to be sent in one size is sent as it is', () => {
  expect(videoEncodings({ maxBitrateBps: 900_000, maxFramerate: 30, isInSizes: false }, 1080)).toEqual([
    { maxBitrate: 900_000, maxFramerate: 30 },
  ]);
});

test('new limits reach each size that was negotiated', () => {
  const encodings = videoEncodings(HD, 720);
  limitEncodings(encodings, { ...HD, maxBitrateBps: 1_000_000, maxFramerate: 15 }, 720);
  expect(encodings.map((encoding) => [encoding.rid, encoding.maxBitrate, encoding.maxFramerate])).toEqual([
    ['low', 200_000, 15],
    ['mid', 400_000, 15],
    ['high', 1_000_000, 15],
  ]);
});
