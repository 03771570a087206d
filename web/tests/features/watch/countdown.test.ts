import { expect, test } from 'vitest';

import { partsOf } from '@/features/watch/countdown';

test.each([
  [0, [0, 0, 0]],
  [0.2, [0, 0, 1]],
  [3725, [1, 2, 5]],
  [86_399.5, [1, 0, 0, 0]],
  [200_000, [2, 7, 33, 20]],
  [-3, [0, 0, 0]],
])('%d seconds are counted down as %j', (seconds, values) => {
  expect(partsOf(seconds).map(({ value }) => value)).toEqual(values);
});
