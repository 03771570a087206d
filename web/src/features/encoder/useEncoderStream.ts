import { useCallback, useEffect, useReducer, useRef } from 'react';

import { liveSocket } from '@/api/client';
import { currentStream } from '@/api/current-stream';
import { useStreamNews } from '@/api/useStreamNews';
import { ApiError } from '@/lib/http';

import { reduceEncoder, type EncoderState } from './encoder-stream';

/** Recovers what the socket missed. */
const POLL_MS = 5000;

/** Whether one's encoder is connected: it is told, and looked at, without anybody asking. */
export function useEncoderStream(): { state: EncoderState; refresh: () => void; forget: () => void } {
  const [state, dispatch] = useReducer(reduceEncoder, { phase: 'asking' });
  const again = useRef<() => void>(() => undefined);
  useEffect(() => {
    const stopping = new AbortController();
    const ask = async (): Promise<void> => {
      try {
        const stream = await currentStream(stopping.signal);
        if (!stopping.signal.aborted) dispatch({ type: 'found', stream, at: new Date() });
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        dispatch({ type: 'failed', message: error.message });
      }
    };
    again.current = () => void ask();
    void ask();
    // Any stream that begins changes the lobby, one's own too.
    const unwatchLobby = liveSocket.watchLobby(again.current);
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void ask();
    }, POLL_MS);
    return () => {
      stopping.abort();
      clearInterval(timer);
      unwatchLobby();
    };
  }, []);
  const openId = state.phase === 'on-air' || state.phase === 'elsewhere' ? state.stream.id : null;
  useStreamNews(openId, (news) => dispatch({ type: 'news', news, at: new Date() }));
  return {
    state,
    refresh: useCallback(() => again.current(), []),
    forget: useCallback(() => dispatch({ type: 'forget' }), []),
  };
}
