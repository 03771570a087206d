import { useCallback, useEffect, useState, type RefObject } from 'react';

import type { WatchGrant } from '@/api/types';
import { findRewind } from '@/lib/player/rewind';

/** Media servers keep no more than this. */
const MAX_WINDOW_S = 7200;
/** Closer to the live edge than this is live. */
const LIVE_S = 8;
const LEAVE_S = 10;
/** How often it is looked whether there is something to go back to by now, and how much, once there is. */
const SEARCH_MS = 20_000;
const RENEW_MS = 300_000;
const LOOK_MS = 500;

export interface Rewind {
  /** How far one can go back, in seconds; null where that is not possible. */
  windowS: number | null;
  /** How far back one is; 0 at the live edge. */
  behindS: number;
  /** Given to the transport: where to begin. */
  rewound: { behindS: number } | null;
  goTo: (behindS: number) => void;
  goLive: () => void;
}

/** Goes back in a stream that is live, where the media server has kept it. */
export function useRewind(
  video: RefObject<HTMLVideoElement | null>,
  grant: WatchGrant | null,
  isLive: boolean,
): Rewind {
  const windowS = useWindow(grant, isLive);
  const [rewound, setRewound] = useState<{ behindS: number } | null>(null);
  const [seen, setSeen] = useState<{ behindS: number; windowS: number } | null>(null);

  useEffect(() => {
    if (rewound === null) return;
    const look = (): void => {
      const element = video.current;
      if (element === null || element.seekable.length === 0 || element.readyState === 0) return;
      const end = element.seekable.end(element.seekable.length - 1);
      setSeen({ behindS: Math.max(0, end - element.currentTime), windowS: end - element.seekable.start(0) });
    };
    const timer = setInterval(look, LOOK_MS);
    return () => {
      clearInterval(timer);
      setSeen(null);
    };
  }, [video, rewound]);

  const goLive = useCallback(() => setRewound(null), []);
  const reachS = rewound !== null && seen !== null ? seen.windowS : windowS;
  const goTo = (wanted: number): void => {
    if (reachS === null) return;
    if (wanted < (rewound === null ? 1 : LIVE_S)) {
      goLive();
      return;
    }
    // The first step back leaves what counts as live, however short it is.
    const behindS = Math.min(rewound === null ? Math.max(wanted, LEAVE_S) : wanted, reachS - 1);
    const element = video.current;
    if (rewound === null || seen === null || element === null) {
      setRewound({ behindS });
      return;
    }
    const { seekable } = element;
    element.currentTime = Math.max(seekable.start(0), seekable.end(seekable.length - 1) - behindS);
    setSeen({ ...seen, behindS });
  };
  return {
    windowS: reachS,
    behindS: rewound === null ? 0 : (seen?.behindS ?? rewound.behindS),
    rewound,
    goTo,
    goLive,
  };
}

/** Seconds that can be gone back, as they were when asked, and grown since. */
function useWindow(grant: WatchGrant | null, isLive: boolean): number | null {
  const [found, setFound] = useState<{ windowS: number; at: number } | null>(null);
  const [now, setNow] = useState(0);
  const isKnown = found !== null;
  useEffect(() => {
    if (grant === null || !isLive) return;
    const stopping = new AbortController();
    const ask = async (): Promise<void> => {
      const rewind = await findRewind(grant, stopping.signal).catch(() => null);
      if (stopping.signal.aborted) return;
      setNow(performance.now());
      setFound(rewind === null ? null : { windowS: rewind.windowS, at: performance.now() });
    };
    const timer = setInterval(() => void ask(), isKnown ? RENEW_MS : SEARCH_MS);
    if (!isKnown) void ask();
    return () => {
      stopping.abort();
      clearInterval(timer);
    };
  }, [grant, isLive, isKnown]);
  useEffect(() => {
    if (!isKnown) return;
    const timer = setInterval(() => setNow(performance.now()), 1000);
    return () => clearInterval(timer);
  }, [isKnown]);
  return found === null ? null : Math.min(MAX_WINDOW_S, found.windowS + Math.max(0, now - found.at) / 1000);
}
