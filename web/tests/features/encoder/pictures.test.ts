import { expect, test } from 'vitest';

import { PICTURES, uploadNeededKbps } from '@/features/encoder/pictures';

test('every picture needs more upload than it has bitrate, and a larger one more than a smaller one', () => {
  const needed = PICTURES.map(uploadNeededKbps);
  expect(needed.every((kbps, index) => kbps > (PICTURES[index]?.kbps ?? Infinity))).toBe(true);
  expect([...needed].sort((a, b) => b - a)).toEqual(needed);
});
