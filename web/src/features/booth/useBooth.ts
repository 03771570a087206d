import { useCallback, useEffect, useReducer } from 'react';

import { endStream } from '@/api/end-stream';
import { getStream } from '@/api/get-stream';
import { closeMix } from '@/api/mix/close-mix';
import { enterMix } from '@/api/mix/enter-mix';
import { findMix } from '@/api/mix/find-mix';
import { goOnAir } from '@/api/mix/go-on-air';
import { openMix } from '@/api/mix/open-mix';
import type { Mix } from '@/api/mix/types';
import { useStreamNews } from '@/api/useStreamNews';
import { ApiError } from '@/lib/http';

import { reduceBooth, type BoothLife, type WhyLeft } from './booth-life';

export interface BoothControl {
  life: BoothLife;
  check: () => Promise<void>;
  open: (deckCount: 2 | 4) => Promise<void>;
  /** Rejects with ApiError. */
  goLive: (title: string, description: string) => Promise<void>;
  /** Ends the stream, or closes a booth that is off air. Rejects with ApiError. */
  end: () => Promise<void>;
  /** Asks the platform what the mix is now, and leaves it when it is over, or over for us. */
  look: () => void;
  changed: (mix: Mix) => void;
  /** We have taken ourselves out of it. */
  left: () => void;
}

/** Who is in the booth, and what became of the stream, may change from elsewhere: looked at this often. */
const LOOK_MS = 5000;

/** Opens and enters the booth, and follows what becomes of it. */
export function useBooth(): BoothControl {
  const [life, dispatch] = useReducer(reduceBooth, { phase: 'checking' });

  const check = useCallback(async (): Promise<void> => {
    dispatch({ type: 'checking' });
    try {
      const found = await findMix();
      if (found === null) dispatch({ type: 'none' });
      else dispatch({ type: 'entered', entered: await enterMix(found.mix.id) });
    } catch (error) {
      dispatch({ type: 'check-failed', message: sentence(error) });
    }
  }, []);

  const open = async (deckCount: 2 | 4): Promise<void> => {
    dispatch({ type: 'opening' });
    try {
      const { mix } = await openMix(deckCount);
      dispatch({ type: 'entered', entered: await enterMix(mix.id) });
    } catch (error) {
      if (error instanceof ApiError && error.code === 'ALREADY_LIVE') dispatch({ type: 'camera-live' });
      else dispatch({ type: 'refused', message: sentence(error) });
    }
  };

  useEffect(() => {
    void Promise.resolve().then(check);
  }, [check]);

  const inside = life.phase === 'in' ? life.entered : null;
  const mixId = inside?.mix.id ?? null;
  const streamId = inside?.stream.id ?? null;
  const look = useCallback(
    async (signal?: AbortSignal): Promise<void> => {
      if (streamId === null) return;
      try {
        const found = await findMix(signal);
        dispatch(found === null ? { type: 'left', why: await whyOut(streamId, signal) } : { type: 'looked', found });
      } catch (error) {
        // A failed look is followed by the next one.
        if (!(error instanceof ApiError) && signal?.aborted !== true) throw error;
      }
    },
    [streamId],
  );
  useEffect(() => {
    if (mixId === null) return;
    const stopping = new AbortController();
    const timer = setInterval(() => void look(stopping.signal), LOOK_MS);
    return () => {
      stopping.abort();
      clearInterval(timer);
    };
  }, [mixId, look]);

  const isLive = inside?.stream.status === 'live';
  useStreamNews(isLive ? inside.stream.id : null, (news) => dispatch({ type: 'news', news }));

  return {
    life,
    check,
    open,
    goLive: async (title, description) => {
      dispatch({ type: 'stream', stream: await goOnAir(title, description) });
    },
    end: async () => {
      if (inside === null) return;
      if (isLive) dispatch({ type: 'stream', stream: await endStream('dj', inside.stream.id) });
      else {
        await closeMix(inside.mix.id);
        dispatch({ type: 'none' });
      }
    },
    look: () => void look(),
    changed: (mix) => dispatch({ type: 'mix', mix }),
    left: () => dispatch({ type: 'left', why: 'by-choice' }),
  };
}

/** Why there is no mix for us any more. Rejects with ApiError while that cannot be told. */
async function whyOut(streamId: string, signal?: AbortSignal): Promise<WhyLeft> {
  try {
    const { status } = await getStream(streamId, signal);
    return status === 'ended' ? 'ended' : 'removed';
  } catch (error) {
    // One that is not on air is there for its members alone.
    if (error instanceof ApiError && error.status === 404) return 'closed';
    throw error;
  }
}

function sentence(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  throw error;
}
