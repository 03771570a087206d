import { expect, test } from 'vitest';

import { draftOf, emptyDraft, problemsOf, wishesOf } from '@/features/schedule/draft';

import { streamWith } from '../../support/stream';

const now = Date.parse('2026-03-03T18:20:00Z');

test('an empty form proposes a full hour that leaves time to tell people', () => {
  const proposed = Date.parse(wishesOf({ ...emptyDraft(now), title: 'x' }).startsAt);
  expect(proposed - now).toBeGreaterThanOrEqual(3_600_000);
  expect(new Date(proposed).getUTCMinutes()).toBe(0);
});

test('what is missing, or over, is said by its field', () => {
  expect(problemsOf({ title: ' ', description: '', startsAt: '' }, now)).toMatchObject({
    title: expect.any(String) as string,
    startsAt: expect.any(String) as string,
  });
  expect(Object.keys(problemsOf({ ...draftOf(announced('2026-03-03T18:19:00Z')) }, now))).toEqual(['startsAt']);
  expect(problemsOf(draftOf(announced('2026-03-03T20:00:00Z')), now)).toEqual({});
});

test('what was announced comes back from the form as it was', () => {
  const stream = announced('2026-03-03T20:00:00.000Z');
  expect(wishesOf(draftOf(stream))).toEqual({ title: 'Warehouse', description: '', startsAt: stream.scheduledFor });
});

function announced(scheduledFor: string) {
  return streamWith({ status: 'scheduled', mediaState: 'waiting', scheduledFor });
}
