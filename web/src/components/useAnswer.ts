import { useCallback, useEffect, useEffectEvent, useRef, useState } from 'react';

import { ApiError } from '@/lib/http';

export type Answer<T> =
  | { status: 'loading' }
  | { status: 'failed'; message: string; code: string }
  | { status: 'ready'; value: T };

/** What `ask` answers, asked for `key`, again when that changes, when `refresh` is called, and each `everyMs` while the page is seen. */
export function useAnswer<T>(
  key: string,
  ask: (signal: AbortSignal) => Promise<T>,
  everyMs: number | null = null,
): { answer: Answer<T>; refresh: () => void; put: (value: T) => void } {
  const [held, setHeld] = useState<{ of: string; answer: Answer<T> }>({ of: key, answer: { status: 'loading' } });
  const question = useEffectEvent(ask);
  const again = useRef<() => void>(() => undefined);
  useEffect(() => {
    const stopping = new AbortController();
    let latest = 0;
    const run = async (): Promise<void> => {
      const mine = ++latest;
      try {
        const value = await question(stopping.signal);
        if (!stopping.signal.aborted && mine === latest) setHeld({ of: key, answer: { status: 'ready', value } });
      } catch (error) {
        if (stopping.signal.aborted || mine !== latest) return;
        if (!(error instanceof ApiError)) throw error;
        const { message, code } = error;
        // What is known serves people better than nothing.
        setHeld((before) =>
          before.of === key && before.answer.status === 'ready'
            ? before
            : { of: key, answer: { status: 'failed', message, code } },
        );
      }
    };
    again.current = () => void run();
    void run();
    const timer =
      everyMs === null
        ? undefined
        : setInterval(() => {
            if (document.visibilityState === 'visible') void run();
          }, everyMs);
    return () => {
      stopping.abort();
      clearInterval(timer);
    };
  }, [key, everyMs]);
  return {
    answer: held.of === key ? held.answer : { status: 'loading' },
    refresh: useCallback(() => again.current(), []),
    put: useCallback((value: T) => setHeld({ of: key, answer: { status: 'ready', value } }), [key]),
  };
}
