import { useCallback, useEffect, useRef, useState } from 'react';

import { listRecordings } from '@/api/library/list-recordings';
import type { Recording } from '@/api/library/types';
import { ApiError } from '@/lib/http';

const PAGE = 50;
/** One that has just ended is here once it is on its way out of the mixer: looked for this often. */
const LOOK_MS = 20_000;
/** Their links live for an hour: what was asked for longer ago than this is asked for again before it is used. */
const STALE_MS = 45 * 60_000;

export interface Recordings {
  /** Null while they are on their way. */
  items: Recording[] | null;
  total: number;
  problem: string | null;
  refresh: () => void;
  more: () => void;
  /** A link to the file that is still good. Rejects with ApiError. */
  link: (recording: Recording) => Promise<string>;
}

/** What was recorded in one's mixes, the newest first. */
export function useRecordings(): Recordings {
  const [items, setItems] = useState<Recording[] | null>(null);
  const [total, setTotal] = useState(0);
  const [problem, setProblem] = useState<string | null>(null);
  const [wanted, setWanted] = useState({ pages: 1, turn: 0 });
  const askedAt = useRef(0);
  useEffect(() => {
    const stopping = new AbortController();
    const ask = async (): Promise<void> => {
      try {
        const startedAt = Date.now();
        const found = await firstPages(wanted.pages, stopping.signal);
        askedAt.current = startedAt;
        setItems(found.items);
        setTotal(found.total);
        setProblem(null);
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        setProblem(error.message);
      }
    };
    void ask();
    return () => stopping.abort();
  }, [wanted]);
  const refresh = useCallback(() => setWanted(({ pages, turn }) => ({ pages, turn: turn + 1 })), []);
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') refresh();
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, [refresh]);
  return {
    items,
    total,
    problem,
    refresh,
    more: () => setWanted(({ pages, turn }) => ({ pages: pages + 1, turn })),
    link: async (recording) => {
      if (Date.now() - askedAt.current < STALE_MS) return recording.fileUrl;
      const { items: fresh } = await firstPages(wanted.pages);
      return fresh.find(({ id }) => id === recording.id)?.fileUrl ?? recording.fileUrl;
    },
  };
}

async function firstPages(count: number, signal?: AbortSignal): Promise<{ items: Recording[]; total: number }> {
  const items: Recording[] = [];
  let total = 0;
  for (let page = 1; page <= count; page += 1) {
    const answer = await listRecordings(page, PAGE, signal);
    items.push(...answer.items);
    total = answer.pagination.total;
  }
  return { items, total };
}
