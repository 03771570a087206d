import { useEffect, useState } from 'react';

import { getWaveform } from '@/api/mix/get-waveform';
import { ApiError } from '@/lib/http';
import { Waveform } from '@/lib/mix/waveform';
import { backoffMs, pause } from '@/lib/time';

export type WaveformState = { status: 'none' | 'loading' | 'missing' } | { status: 'ready'; waveform: Waveform };

interface Held {
  of: string;
  state: WaveformState;
}

/** What a track looks like. Tried again while the platform cannot be reached. */
export function useWaveform(trackId: string | null, detail: 'overview' | 'full'): WaveformState {
  const mine = trackId ?? '';
  const [held, setHeld] = useState<Held>({ of: '', state: { status: 'none' } });
  useEffect(() => {
    if (trackId === null) return;
    const stopping = new AbortController();
    const { signal } = stopping;
    const fetchIt = async (): Promise<void> => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          const waveform = new Waveform(await getWaveform(trackId, detail, signal));
          setHeld({ of: trackId, state: { status: 'ready', waveform } });
          return;
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof ApiError)) throw error;
          if (!error.isUnreachable && error.status < 500 && error.status !== 429) {
            setHeld({ of: trackId, state: { status: 'missing' } });
            return;
          }
          await pause(backoffMs(attempt), signal);
        }
      }
    };
    fetchIt().catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    return () => stopping.abort();
  }, [trackId, detail]);
  if (trackId === null) return { status: 'none' };
  return held.of === mine ? held.state : { status: 'loading' };
}
