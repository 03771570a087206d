import { useCallback, useEffect, useState } from 'react';

import { listCrates } from '@/api/library/list-crates';
import { listPlaylists } from '@/api/library/list-playlists';
import type { Crate, Playlist } from '@/api/library/types';
import { ApiError } from '@/lib/http';

export interface Lists {
  crates: Crate[];
  playlists: Playlist[];
}

export interface ListsState {
  /** Null while they are on their way. */
  lists: Lists | null;
  problem: string | null;
  refresh: () => void;
}

/** One's crates and playlists, by name. */
export function useLists(): ListsState {
  const [lists, setLists] = useState<Lists | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    const ask = async (): Promise<void> => {
      try {
        const [crates, playlists] = await Promise.all([listCrates(), listPlaylists()]);
        if (!isCurrent) return;
        setLists({ crates, playlists });
        setProblem(null);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (isCurrent) setProblem(error.message);
      }
    };
    void ask();
    return () => {
      isCurrent = false;
    };
  }, [turn]);
  return { lists, problem, refresh: useCallback(() => setTurn((before) => before + 1), []) };
}
