import { useCallback, useEffect, useReducer, useRef, useState } from 'react';

import { liveSocket } from '@/api/client';
import { listLiveStreams } from '@/api/list-live-streams';
import type { CreatorType } from '@/api/types';
import { ApiError } from '@/lib/http';

import { reduceLiveList, type LiveList } from './live-list';

const PAGE = 24;
/** Changes that come together are answered by one request. */
const GATHER_MS = 300;
/** Recovers what the socket missed, and renews the viewer counts. */
const POLL_MS = 15_000;

export interface LiveStreams {
  list: LiveList;
  refresh: () => void;
  showMore: () => void;
}

/** What is live, by role and search words, kept up to date. */
export function useLiveStreams(role: CreatorType | undefined, search: string): LiveStreams {
  const [list, dispatch] = useReducer(reduceLiveList, { status: 'loading' });
  const [wanted, setWanted] = useState({ role, search, perPage: PAGE });
  const load = useRef<() => void>(() => undefined);

  if (wanted.role !== role || wanted.search !== search) {
    setWanted({ role, search, perPage: PAGE });
    dispatch({ type: 'reset' });
  }

  useEffect(() => {
    const stopping = new AbortController();
    let gathering: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      try {
        const page = await listLiveStreams(wanted, wanted.perPage, stopping.signal);
        if (!stopping.signal.aborted) dispatch({ type: 'arrived', page });
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        dispatch({ type: 'failed', message: error.message });
      }
    };
    const askSoon = (): void => {
      clearTimeout(gathering);
      gathering = setTimeout(() => void ask(), GATHER_MS);
    };
    load.current = () => void ask();
    void ask();
    const unwatch = liveSocket.watchLobby(askSoon);
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void ask();
    }, POLL_MS);
    const visible = (): void => {
      if (document.visibilityState === 'visible') askSoon();
    };
    document.addEventListener('visibilitychange', visible);
    return () => {
      stopping.abort();
      clearTimeout(gathering);
      clearInterval(timer);
      document.removeEventListener('visibilitychange', visible);
      unwatch();
    };
  }, [wanted]);

  return {
    list,
    refresh: useCallback(() => load.current(), []),
    showMore: useCallback(() => setWanted((before) => ({ ...before, perPage: before.perPage + PAGE })), []),
  };
}
