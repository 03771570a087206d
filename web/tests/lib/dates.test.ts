import { expect, test } from 'vitest';

import { formatUntil, fromLocalField, toLocalField } from '@/lib/dates';

test.each(['2026-03-29T01:30:00.000Z', '2026-10-25T23:59:00.000Z', '2027-01-01T00:00:00.000Z'])(
  '%s comes back from a field of the viewer’s zone as it went in',
  (time) => {
    expect(fromLocalField(toLocalField(time))).toBe(time);
  },
);

test.each(['', 'soon', '2026-13-40T99:99', '2026-03-03'])('“%s” is no time', (value) => {
  expect(fromLocalField(value)).toBeNull();
});

test.each([
  [-5, '0 s'],
  [50.9, '50 s'],
  [3599, '59 min'],
  [3600, '1 h'],
  [3700, '1 h 1 min'],
  [86_400, '1 day'],
  [200_000, '2 days 7 h'],
])('%d seconds are %s', (seconds, text) => {
  expect(formatUntil(seconds)).toBe(text);
});
