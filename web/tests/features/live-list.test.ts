import { expect, test } from 'vitest';

import { reduceLiveList, type LiveList } from '@/features/landing/live-list';
import { posterOf } from '@/components/poster-art';

import { streamWith } from '../support/stream';

const page = { streams: [streamWith()], total: 1, page: 1, perPage: 24 };
const ready = reduceLiveList({ status: 'loading' }, { type: 'arrived', page });

test('a list that cannot be renewed stays, and says that it is old', () => {
  expect(reduceLiveList(ready, { type: 'failed', message: 'down' })).toEqual({ ...ready, isStale: true });
});

test('a list that never came says why, and comes after all', () => {
  const failed: LiveList = reduceLiveList({ status: 'loading' }, { type: 'failed', message: 'down' });
  expect(failed).toEqual({ status: 'failed', message: 'down' });
  expect(reduceLiveList(failed, { type: 'arrived', page })).toEqual(ready);
});

test('another search starts from nothing', () => {
  expect(reduceLiveList(ready, { type: 'reset' })).toEqual({ status: 'loading' });
});

test('a stream keeps its picture, and has its own', () => {
  expect(posterOf('a')).toEqual(posterOf('a'));
  expect(posterOf('a')).not.toEqual(posterOf('b'));
});
