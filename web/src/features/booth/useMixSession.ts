import { useEffect, useEffectEvent, useState } from 'react';

import { liveSocket } from '@/api/client';
import { enterMix } from '@/api/mix/enter-mix';
import { findMix } from '@/api/mix/find-mix';
import { loadTrack } from '@/api/mix/load-track';
import type { Entered } from '@/api/mix/types';
import type { LinkState } from '@/lib/mix/mix-link';
import { MixSession } from '@/lib/mix/mix-session';
import type { MonitorGrant, MonitorState } from '@/lib/mix/monitor';
import { pause } from '@/lib/time';

export interface SessionReading {
  session: MixSession | null;
  link: LinkState;
  monitor: MonitorState;
  /** The last thing that was not done, with a number that grows. */
  refusal: { count: number; message: string } | null;
}

const FIRST: SessionReading = {
  session: null,
  link: { status: 'connecting' },
  monitor: { status: 'connecting' },
  refusal: null,
};

/** Plays in a mix as long as the component stands. */
export function useMixSession({ mix, stream, monitor }: Entered, onChanged: () => void): SessionReading {
  const [reading, setReading] = useState<SessionReading>(FIRST);
  // A mix that is only starting cannot be heard yet: its media server would not know it.
  const grant = useEffectEvent(() => (mix.state === 'starting' ? null : monitor));
  const changed = useEffectEvent(onChanged);
  const mixId = mix.id;
  const streamId = stream.id;
  useEffect(() => {
    const session = new MixSession(crypto.randomUUID(), grant(), {
      fetch: (...args) => fetch(...args),
      createPeerConnection: (configuration) => new RTCPeerConnection(configuration),
      requestGrant: (signal) => grantOnceHeard(mixId, signal),
      openSocket: (subscriber) => liveSocket.openMix(streamId, subscriber),
      load: (place, trackId) => loadTrack(mixId, place, trackId),
      onChanged: () => changed(),
      onLink: (link) => {
        setReading((before) => ({ ...before, link }));
        // Whether the mix is over, or over for us, is the platform's to say.
        if (link.status === 'refused') changed();
      },
      onMonitor: (state) => setReading((before) => ({ ...before, monitor: state })),
      onRefusal: (message) =>
        setReading((before) => ({ ...before, refusal: { count: (before.refusal?.count ?? 0) + 1, message } })),
    });
    let isCurrent = true;
    void Promise.resolve().then(() => {
      if (isCurrent) setReading((before) => ({ ...before, session }));
    });
    const leave = (): void => session.stop();
    const back = (event: PageTransitionEvent): void => {
      // The page came back from the back-forward cache; what it had was given up when it went there.
      if (event.persisted) window.location.reload();
    };
    window.addEventListener('pagehide', leave);
    window.addEventListener('pageshow', back);
    return () => {
      isCurrent = false;
      window.removeEventListener('pagehide', leave);
      window.removeEventListener('pageshow', back);
      session.stop();
    };
  }, [mixId, streamId]);
  return reading;
}

const STARTING_MS = 400;

/** A grant to listen by, once the mix has begun. Rejects with ApiError, and when `signal` aborts. */
async function grantOnceHeard(mixId: string, signal: AbortSignal): Promise<MonitorGrant> {
  while ((await findMix(signal))?.mix.state === 'starting') await pause(STARTING_MS, signal);
  return (await enterMix(mixId, signal)).monitor;
}
