import { useCallback, useEffect, useReducer, useRef, useState } from 'react';

import { getPlaylist } from '@/api/library/get-playlist';
import { listTracks, type TrackFilter } from '@/api/library/list-tracks';
import type { Paged, Track } from '@/api/library/types';
import { ApiError } from '@/lib/http';

import { missingPages, PAGE, reduceRows, type TrackRows } from './track-rows';

/** What is looked at: tracks that match, or a playlist in its own order. */
export type TrackSource = { kind: 'tracks'; filter: TrackFilter } | { kind: 'playlist'; id: string };

/** While one scrolls, only the place where one stops is asked for. */
const SETTLE_MS = 120;

export interface Rows {
  rows: TrackRows;
  /** Has rows `first` to `last` fetched, if they are not here. */
  look: (first: number, last: number) => void;
  refresh: () => void;
  replace: (track: Track) => void;
  remove: (trackId: string) => void;
  /** Shows at once what is about to be asked for: what is at `from` stands at `to`. */
  move: (from: number, to: number) => void;
}

/** The tracks of `source`, fetched page by page as they are looked at. A new object for `source` means a new list. */
export function useTrackRows(source: TrackSource): Rows {
  const [rows, dispatch] = useReducer(reduceRows, { status: 'loading' });
  const [shown, setShown] = useState(source);
  if (shown !== source) {
    setShown(source);
    // Another search over the same tracks keeps the old rows until the new ones are here; another list does not.
    if (placeOf(shown) !== placeOf(source)) dispatch({ type: 'reset' });
  }
  const range = useRef({ first: 0, last: PAGE - 1 });
  const known = useRef(rows);
  const fetcher = useRef<{ fetch: (page: number) => void; renew: () => void } | null>(null);
  const settling = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    known.current = rows;
    // Pages that fell away while they were in view, such as after a removal.
    for (const page of missingPages(rows, range.current.first, range.current.last)) fetcher.current?.fetch(page);
  }, [rows]);

  useEffect(() => {
    const stopping = new AbortController();
    const underWay = new Set<number>();
    let isFirst = true;
    const fetch = async (page: number): Promise<void> => {
      if (underWay.has(page)) return;
      underWay.add(page);
      try {
        const answer = await fetchPage(source, page, stopping.signal);
        if (stopping.signal.aborted) return;
        if (isFirst) dispatch({ type: 'reset' });
        isFirst = false;
        dispatch({ type: 'arrived', page, answer });
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        dispatch({ type: 'failed', message: error.message });
      } finally {
        underWay.delete(page);
      }
    };
    fetcher.current = {
      fetch: (page) => void fetch(page),
      renew: () => {
        isFirst = true;
        void fetch(Math.floor(range.current.first / PAGE));
      },
    };
    range.current = { first: 0, last: PAGE - 1 };
    void fetch(0);
    return () => {
      stopping.abort();
      clearTimeout(settling.current);
      fetcher.current = null;
    };
  }, [source]);

  return {
    rows,
    look: useCallback((first: number, last: number) => {
      range.current = { first, last };
      clearTimeout(settling.current);
      settling.current = setTimeout(() => {
        for (const page of missingPages(known.current, first, last)) fetcher.current?.fetch(page);
      }, SETTLE_MS);
    }, []),
    refresh: useCallback(() => fetcher.current?.renew(), []),
    replace: useCallback((track: Track) => dispatch({ type: 'changed', track }), []),
    remove: useCallback((trackId: string) => dispatch({ type: 'removed', trackId }), []),
    move: useCallback((from: number, to: number) => dispatch({ type: 'moved', from, to }), []),
  };
}

function placeOf(source: TrackSource): string {
  return source.kind === 'playlist' ? source.id : (source.filter.crateId ?? '');
}

async function fetchPage(source: TrackSource, page: number, signal: AbortSignal): Promise<Paged<Track>> {
  if (source.kind === 'tracks') return listTracks(source.filter, page + 1, PAGE, signal);
  const { tracks } = await getPlaylist(source.id, signal);
  const pagination = {
    total: tracks.length,
    page: page + 1,
    perPage: PAGE,
    totalPages: Math.ceil(tracks.length / PAGE),
  };
  return { items: tracks.slice(page * PAGE, (page + 1) * PAGE), pagination };
}
