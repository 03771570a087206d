import type { Paged, Track } from '@/api/library/types';

import { movedEntry } from './moved-entry';

export const PAGE = 100;
/** Pages kept of a long list; the ones longest unseen go first. */
const MAX_PAGES = 40;

/** A list of tracks of which only the pages that were looked at are here. */
export type TrackRows =
  | { status: 'loading' }
  | { status: 'failed'; message: string }
  | {
      status: 'ready';
      total: number;
      /** By page number from 0, oldest look first. */
      pages: ReadonlyMap<number, readonly Track[]>;
      /** The last attempt to renew it failed. */
      isStale: boolean;
    };

export type RowsEvent =
  | { type: 'reset' }
  | { type: 'arrived'; page: number; answer: Paged<Track> }
  | { type: 'failed'; message: string }
  | { type: 'changed'; track: Track }
  | { type: 'removed'; trackId: string }
  /** What was at `from` is at `to` now. */
  | { type: 'moved'; from: number; to: number };

export function reduceRows(state: TrackRows, event: RowsEvent): TrackRows {
  switch (event.type) {
    case 'reset':
      return { status: 'loading' };
    case 'arrived': {
      const before = state.status === 'ready' ? state.pages : new Map<number, readonly Track[]>();
      const pages = new Map(before);
      pages.delete(event.page);
      pages.set(event.page, event.answer.items);
      for (const page of pages.keys()) {
        if (pages.size <= MAX_PAGES) break;
        pages.delete(page);
      }
      return { status: 'ready', total: event.answer.pagination.total, pages, isStale: false };
    }
    case 'failed':
      return state.status === 'ready' ? { ...state, isStale: true } : { status: 'failed', message: event.message };
    case 'changed':
      return onPages(state, (tracks) =>
        tracks.some(({ id }) => id === event.track.id)
          ? tracks.map((track) => (track.id === event.track.id ? event.track : track))
          : tracks,
      );
    case 'removed': {
      if (state.status !== 'ready' || findTrack(state, event.trackId) === null) return state;
      // What comes after it moves up by one: those pages are asked for again when they are looked at.
      const at = [...state.pages].find(([, tracks]) => tracks.some(({ id }) => id === event.trackId))?.[0] ?? 0;
      const pages = new Map([...state.pages].filter(([page]) => page < at));
      const tracks = state.pages.get(at)?.filter(({ id }) => id !== event.trackId) ?? [];
      if (state.total - 1 <= at * PAGE + tracks.length) pages.set(at, tracks);
      return { ...state, total: state.total - 1, pages };
    }
    case 'moved':
      return state.status === 'ready' ? { ...state, pages: movedOnPages(state.pages, event.from, event.to) } : state;
  }
}

/** The same pages where some of those between are not here: they come with the next renewal. */
function movedOnPages(pages: ReadonlyMap<number, readonly Track[]>, from: number, to: number): typeof pages {
  const first = Math.floor(Math.min(from, to) / PAGE);
  const last = Math.floor(Math.max(from, to) / PAGE);
  const span = Array.from({ length: last - first + 1 }, (_, offset) => pages.get(first + offset));
  if (span.some((page) => page === undefined)) return pages;
  const tracks = movedEntry(
    span.flatMap((page) => page ?? []),
    from - first * PAGE,
    to - first * PAGE,
  );
  const moved = new Map(pages);
  span.forEach((_, offset) => moved.set(first + offset, tracks.slice(offset * PAGE, (offset + 1) * PAGE)));
  return moved;
}

function onPages(state: TrackRows, change: (tracks: readonly Track[]) => readonly Track[]): TrackRows {
  if (state.status !== 'ready') return state;
  return { ...state, pages: new Map([...state.pages].map(([page, tracks]) => [page, change(tracks)])) };
}

export function rowAt(state: TrackRows, index: number): Track | undefined {
  return state.status === 'ready' ? state.pages.get(Math.floor(index / PAGE))?.[index % PAGE] : undefined;
}

export function findTrack(state: TrackRows, trackId: string): Track | null {
  if (state.status !== 'ready') return null;
  for (const tracks of state.pages.values()) {
    const found = tracks.find(({ id }) => id === trackId);
    if (found) return found;
  }
  return null;
}

/** The pages that rows `first` up to `last` are on and that are not here. */
export function missingPages(state: TrackRows, first: number, last: number): number[] {
  if (state.status !== 'ready') return [];
  const missing = [];
  const end = Math.min(last, state.total - 1);
  for (let page = Math.floor(first / PAGE); page <= Math.floor(end / PAGE); page += 1) {
    if (!state.pages.has(page)) missing.push(page);
  }
  return missing;
}

export function tracksHere(state: TrackRows): Track[] {
  return state.status === 'ready' ? [...state.pages.values()].flat() : [];
}
