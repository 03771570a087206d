import { describe, expect, test } from 'vitest';

import type { Paged, Track } from '@/api/library/types';
import { setsOf } from '@/features/library/history-sets';
import { freeDeck } from '@/features/library/free-deck';
import { gridKey } from '@/features/library/grid-keys';
import { movedEntry } from '@/features/library/moved-entry';
import { findTrack, missingPages, PAGE, reduceRows, rowAt, type TrackRows } from '@/features/library/track-rows';
import { changesOf, draftOf, scaledBpm } from '@/features/library/track-draft';
import { scrollToRow, seenRows } from '@/features/library/window';
import { countFilters, filterOf, NO_WISHES } from '@/features/library/wishes';

import { deckWith, deskWith } from '../../support/desk';
import { manyTracks, trackWith } from '../../support/library-server';

const all = manyTracks(250);
const answer = (page: number): Paged<Track> => ({
  items: all.slice(page * PAGE, (page + 1) * PAGE),
  pagination: { total: all.length, page: page + 1, perPage: PAGE, totalPages: 3 },
});
const having = (...pages: number[]): TrackRows =>
  pages.reduce<TrackRows>((state, page) => reduceRows(state, { type: 'arrived', page, answer: answer(page) }), {
    status: 'loading',
  });

describe('a long list', () => {
  test('has the rows of the pages that arrived, wherever they are', () => {
    const rows = having(0, 2);
    expect([rowAt(rows, 99)?.id, rowAt(rows, 100), rowAt(rows, 249)?.id]).toEqual(['track-99', undefined, 'track-249']);
  });

  test('asks for the pages that are looked at and not here', () => {
    expect(missingPages(having(0), 90, 230)).toEqual([1, 2]);
    expect(missingPages(having(0, 1, 2), 0, 1000)).toEqual([]);
  });

  test('has a track that was moved where it was put, across pages', () => {
    const rows = reduceRows(having(0, 1, 2), { type: 'moved', from: 98, to: 201 });
    const ids = [97, 98, 99, 100, 200, 201, 202].map((index) => rowAt(rows, index)?.id);
    expect(ids).toEqual(['track-97', 'track-99', 'track-100', 'track-101', 'track-201', 'track-98', 'track-202']);
    const back = reduceRows(rows, { type: 'moved', from: 201, to: 98 });
    expect(Array.from({ length: 250 }, (_, index) => rowAt(back, index)?.id)).toEqual(all.map(({ id }) => id));
  });

  test('waits for the answer where pages between are not here', () => {
    const rows = having(0, 2);
    expect(reduceRows(rows, { type: 'moved', from: 3, to: 240 })).toEqual(rows);
  });

  test('closes the gap of a track that goes, and asks anew for what moved up', () => {
    const rows = reduceRows(having(0, 1, 2), { type: 'removed', trackId: 'track-120' });
    expect(rows).toMatchObject({ total: 249 });
    expect(missingPages(rows, 0, 248)).toEqual([1, 2]);
    const last = reduceRows(having(0, 1, 2), { type: 'removed', trackId: 'track-249' });
    expect(missingPages(last, 0, 248)).toEqual([]);
  });

  test('keeps what it has when a renewal fails, and says that it may be old', () => {
    expect(reduceRows(having(0), { type: 'failed', message: 'no' })).toMatchObject({ status: 'ready', isStale: true });
    expect(reduceRows({ status: 'loading' }, { type: 'failed', message: 'no' })).toEqual({
      status: 'failed',
      message: 'no',
    });
  });

  test('takes up what has changed', () => {
    const rows = reduceRows(having(0), { type: 'changed', track: trackWith({ id: 'track-5', title: 'Now ready' }) });
    expect(findTrack(rows, 'track-5')?.title).toBe('Now ready');
  });

  test('forgets pages that were not looked at for long', () => {
    const many = Array.from({ length: 60 }, (_, page) => page).reduce<TrackRows>(
      (state, page) =>
        reduceRows(state, {
          type: 'arrived',
          page,
          answer: { ...answer(0), pagination: { ...answer(0).pagination, total: 6000 } },
        }),
      { status: 'loading' },
    );
    expect(missingPages(many, 0, 5999)).toEqual(Array.from({ length: 20 }, (_, page) => page));
  });
});

describe('the window on the list', () => {
  test.each([
    [10_000, 0, 0, 28],
    [10_000, 44 * 5000, 4992, 5028],
    [10_000, 1e9, 9972, 10_000],
    [3, 0, 0, 3],
    [0, 0, 0, 0],
  ])('of %i rows scrolled to %i draws %i up to %i', (total, scrollPx, first, end) => {
    expect(seenRows(total, 44, scrollPx, 20 * 44)).toEqual({ first, end });
  });

  test('moves only as far as the row needs', () => {
    expect([scrollToRow(5, 44, 0, 880), scrollToRow(30, 44, 0, 880), scrollToRow(2, 44, 440, 880)]).toEqual([
      0,
      31 * 44 - 880,
      88,
    ]);
  });
});

describe('the keys of the list', () => {
  const list = { chosen: 5, total: 10, pageRows: 8 };
  const key = (code: string, changes: Partial<Parameters<typeof gridKey>[0]> = {}) =>
    gridKey({ key: code, code, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...changes }, list);

  test.each([
    ['ArrowDown', 6],
    ['ArrowUp', 4],
    ['PageDown', 9],
    ['PageUp', 0],
    ['Home', 0],
    ['End', 9],
  ])('%s goes to row %i', (code, index) => {
    expect(key(code)).toEqual({ kind: 'choose', index });
  });

  test('load, queue and open what is chosen', () => {
    expect(key('Enter')).toEqual({ kind: 'act', act: { do: 'load', deck: null } });
    expect(key('Digit3', { shiftKey: true, key: '#' })).toEqual({ kind: 'act', act: { do: 'load', deck: 2 } });
    expect(key('KeyQ', { key: 'q' })).toEqual({ kind: 'act', act: { do: 'queue' } });
    expect(key('F10', { shiftKey: true })).toEqual({ kind: 'act', act: { do: 'menu' } });
  });

  test('leave every other key to the desk', () => {
    expect([key('KeyD', { key: 'd' }), key('Enter', { ctrlKey: true }), key('Digit7', { shiftKey: true })]).toEqual([
      null,
      null,
      null,
    ]);
  });
});

test('the free deck is an empty one, else one that stands still, else none', () => {
  const track = {
    id: 't',
    title: 'T',
    artist: null,
    bpm: null,
    key: null,
    camelot: null,
    durationS: 1,
    gridFrame: null,
  };
  const on = (...decks: Parameters<typeof deckWith>[0][]) =>
    freeDeck(deskWith({ decks: decks.map((deck) => deckWith(deck)) }));
  expect(on({ track, playing: true }, {})).toBe(1);
  expect(on({ track, playing: true }, { track })).toBe(1);
  expect(on({ loading: true }, { track, playing: true })).toBeNull();
  expect(on({ track, playing: true }, { track, playing: true })).toBeNull();
});

describe('what is typed into the filters', () => {
  const sorting = { sort: 'title', order: 'asc' } as const;

  test('asks for the keys that go with what plays', () => {
    const filter = filterOf({ ...NO_WISHES, key: 'fits' }, { kind: 'all' }, sorting, '8A');
    expect(filter.camelot).toEqual(['7A', '8A', '8B', '9A']);
    expect(filterOf({ ...NO_WISHES, key: 'fits' }, { kind: 'all' }, sorting, '').camelot).toEqual([]);
  });

  test('counts for nothing while it makes no sense', () => {
    const wishes = { ...NO_WISHES, bpmMin: '1', bpmMax: 'fast', search: ' x ' };
    expect(filterOf(wishes, { kind: 'crate', id: 'c' }, sorting, '')).toMatchObject({
      bpmMin: undefined,
      bpmMax: undefined,
      search: 'x',
      crateId: 'c',
    });
    expect([countFilters(wishes), countFilters({ ...wishes, bpmMax: '130', status: 'held' })]).toEqual([0, 2]);
  });
});

describe('an edited track', () => {
  const track = trackWith({ bpm: 87.5, grid: { bpm: 87.5, firstDownbeatS: 0.3 } });

  test('sends what differs, and the downbeat with the tempo', () => {
    const draft = { ...draftOf(track), title: ' New ', bpm: scaledBpm(draftOf(track).bpm, 2), year: '' };
    expect(changesOf(track, draft)).toEqual({
      changes: { title: 'New', year: null, grid: { bpm: 175, firstDownbeatS: 0.3 } },
      errors: {},
    });
    expect(changesOf(track, draftOf(track))).toEqual({ changes: {}, errors: {} });
  });

  test('is refused what no track can be', () => {
    const draft = { ...draftOf(track), title: '  ', bpm: '900', year: '20x' };
    expect(Object.keys(changesOf(track, draft).errors).sort()).toEqual(['bpm', 'title', 'year']);
    expect(scaledBpm('300', 2)).toBe('300');
  });
});

test('an entry of the queue goes where it is put, and nowhere else', () => {
  expect(movedEntry(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a']);
  expect(movedEntry(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b']);
  expect(movedEntry(['a', 'b', 'c'], 1, 3)).toEqual(['a', 'b', 'c']);
});

test('what was played is told set by set', () => {
  const play = (id: string, streamId: string) => ({
    id,
    streamId,
    streamTitle: streamId,
    trackId: null,
    title: id,
    artist: '',
    playedAt: '2026-01-01T00:00:00Z',
    onAir: true,
    byAutoDj: false,
  });
  expect(
    setsOf([play('1', 'b'), play('2', 'b'), play('3', 'a')]).map(({ plays }) => plays.map(({ id }) => id)),
  ).toEqual([['1', '2'], ['3']]);
});
