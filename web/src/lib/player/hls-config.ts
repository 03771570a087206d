import type { HlsConfig } from 'hls.js';

/** How close to the live edge it plays: at it, well behind it, or wherever one likes. */
export type HlsPace = 'low-latency' | 'smooth' | 'free';

export interface HlsSource {
  url: string;
  /** Null where the address says all there is to say. */
  token: string | null;
  pace: HlsPace;
  /** Seconds from the beginning of the playlist; null for the live edge, or the beginning of what is over. */
  startS: number | null;
}

/** Its name is the right to it: without a header of ours, shared caches answer, and browsers ask for no permission. */
const LIVE_MEDIA = /\/hls\/[^/]+\/(?:rewind\/)?[^/]+\.(m4s|mp4)$/;

const PACES: Record<HlsPace, Partial<HlsConfig>> = {
  'low-latency': {
    lowLatencyMode: true,
    maxLiveSyncPlaybackRate: 1.2,
    // The default of a whole second a stall, never taken back, would quadruple the delay after three hiccups.
    liveSyncOnStallIncrease: 0.25,
    backBufferLength: 10,
  },
  smooth: { lowLatencyMode: false, liveSyncDurationCount: 3, backBufferLength: 30, maxBufferLength: 30 },
  // Who looks around in it goes back to what was just seen.
  free: { lowLatencyMode: false, backBufferLength: 90, maxBufferLength: 30 },
};

/** hls.js as it is to play `source`. */
export function hlsConfig({ token, pace, startS }: HlsSource): Partial<HlsConfig> {
  return {
    ...PACES[pace],
    startPosition: startS ?? -1,
    capLevelToPlayerSize: true,
    ...(token !== null && {
      xhrSetup: (xhr, url) => {
        if (!LIVE_MEDIA.test(new URL(url, location.href).pathname)) {
          xhr.setRequestHeader('Authorization', `Bearer ${token}`);
        }
      },
    }),
    // Parts need no remuxing, so a worker would only add a hop (and a blob: source to the page's policy).
    enableWorker: false,
  };
}
