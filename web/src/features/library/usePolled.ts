import { useCallback, useEffect, useEffectEvent, useRef, useState } from 'react';

import { ApiError } from '@/lib/http';

export type Polled<T> = { status: 'loading' } | { status: 'failed'; message: string } | { status: 'ready'; value: T };

/** What `ask` answers, asked again every `periodMs` while the page is seen, and when `refresh` is called. */
export function usePolled<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  periodMs: number,
): [Polled<T>, () => void, (value: T) => void] {
  const [state, setState] = useState<Polled<T>>({ status: 'loading' });
  const question = useEffectEvent(ask);
  const again = useRef<() => void>(() => undefined);
  useEffect(() => {
    const stopping = new AbortController();
    let latest = 0;
    const run = async (): Promise<void> => {
      const mine = ++latest;
      try {
        const value = await question(stopping.signal);
        if (!stopping.signal.aborted && mine === latest) setState({ status: 'ready', value });
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        // What is known serves people better than nothing.
        setState((before) => (before.status === 'ready' ? before : { status: 'failed', message: error.message }));
      }
    };
    again.current = () => void run();
    void run();
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void run();
    }, periodMs);
    return () => {
      stopping.abort();
      clearInterval(timer);
    };
  }, [periodMs]);
  return [
    state,
    useCallback(() => again.current(), []),
    useCallback((value: T) => setState({ status: 'ready', value }), []),
  ];
}
