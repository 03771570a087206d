import { playHls, type HlsPlayback, type HlsState } from '../hls';
import type { Quality } from './quality';
import { received, sampleReceived, type ReceivedSample } from '../inbound-stats';
import { Viewer, type ViewState, type WatchGrant } from '../whep';

import { findRewind } from './rewind';

export type { Quality };

export interface PlaybackReading {
  /** Seconds behind the server; null while unknown. */
  latencyS: number | null;
  bufferS: number | null;
  bitrateBps: number | null;
  /** Of the packets of the last second; null where nothing is lost, only late. */
  lossRatio: number | null;
  rttS: number | null;
  codecs: string | null;
}

/** One way to get a stream into a <video>. */
export interface Playback {
  /** What was measured since the last call; null while nothing is known. */
  read(): Promise<PlaybackReading | null>;
  /** Whether anything arrived since the last call. */
  isFlowing(): boolean;
  /** Starts over, because nothing arrives. */
  reconnect(): void;
  /** Finds out what there is to choose from, where that is not known anyway. */
  look(): void;
  /** What there is to choose from, as far as it is known. */
  qualities(): Quality[];
  /** Null for what the network carries. */
  choose(id: string | null): void;
  /** `isPageGoing` keeps farewells short enough to be sent. */
  stop(isPageGoing: boolean): void;
}

export type PlaybackNews = 'connecting' | 'waiting' | 'connected' | 'reconnecting' | 'unusable' | 'refused';
export type Hear = (news: PlaybackNews) => void;

/** Of what may pass by itself: so many failures, and another way is better. */
const FAILURES_BEFORE_OTHERS = 3;
const CONNECT_MS = 4000;

/** `isOnlyWay`: there is nothing to change over to, so that it is tried for as long as it may come to work. */
export function playWebRtc(video: HTMLVideoElement, grant: WatchGrant, onNews: Hear, isOnlyWay: boolean): Playback {
  const show = (state: ViewState): void => {
    if (state.status === 'stopped') return;
    if (state.status === 'connected') video.srcObject = state.stream;
    onNews(state.status);
  };
  const viewer = new Viewer(
    {
      fetch: (...args) => fetch(...args),
      createPeerConnection: (configuration) => new RTCPeerConnection(configuration),
    },
    { connectMs: CONNECT_MS, failures: isOnlyWay ? null : FAILURES_BEFORE_OTHERS },
    show,
  );
  let last: { pc: RTCPeerConnection; sample: ReceivedSample } | null = null;
  let hasGrown = true;
  let qualities: Quality[] = [];
  viewer.start(grant);
  return {
    read: async () => {
      const pc = viewer.connection;
      if (pc === null) return null;
      const report = (await pc.getStats()) as unknown as Map<string, Record<string, unknown>>;
      const sample = sampleReceived(report.values());
      const before = last?.pc === pc ? last.sample : null;
      last = { pc, sample };
      hasGrown = before === null || sample.bytes > before.bytes;
      return before === null ? null : received(before, sample);
    },
    isFlowing: () => viewer.connection === null || hasGrown,
    reconnect: () => void viewer.reconnect(),
    look: () => void viewer.qualities().then((found) => (qualities = found)),
    qualities: () => qualities,
    choose: (id) => viewer.limit(id === null ? null : Number(id)),
    stop: (isPageGoing) => {
      viewer.stop(isPageGoing);
      video.srcObject = null;
    },
  };
}

/** The stream as it is now, at the live edge or some segments behind it. */
export function playByHls(
  video: HTMLVideoElement,
  grant: WatchGrant,
  onNews: Hear,
  pace: 'low-latency' | 'smooth' = 'low-latency',
): Playback {
  return hlsPlayback(
    (signal, hear) => playHls(video, { url: grant.hlsUrl, token: grant.token, pace, startS: null }, hear, signal),
    onNews,
  );
}

/** The stream as it was `behindS` seconds ago, and on from there. */
export function playRewound(video: HTMLVideoElement, grant: WatchGrant, onNews: Hear, behindS: number): Playback {
  const open = async (signal: AbortSignal, hear: (state: HlsState) => void): Promise<HlsPlayback | null> => {
    const rewind = await findRewind(grant, signal);
    if (rewind === null) {
      hear({ status: 'failed', reason: 'There is nothing to go back to.' });
      return null;
    }
    const startS = Math.max(0, rewind.windowS - behindS);
    return playHls(video, { url: rewind.url, token: grant.token, pace: 'free', startS }, hear, signal);
  };
  return hlsPlayback(open, onNews);
}

/** What was recorded. */
export function playRecorded(video: HTMLVideoElement, url: string, onNews: Hear, startS: number): Playback {
  return hlsPlayback((signal, hear) => playHls(video, { url, token: null, pace: 'free', startS }, hear, signal), onNews);
}

const HLS_NEWS: Record<HlsState['status'], PlaybackNews> = {
  connecting: 'connecting',
  waiting: 'waiting',
  ready: 'connected',
  refused: 'refused',
  failed: 'unusable',
};

type OpenHls = (signal: AbortSignal, hear: (state: HlsState) => void) => Promise<HlsPlayback | null>;

function hlsPlayback(open: OpenHls, onNews: Hear): Playback {
  const stopping = new AbortController();
  let playback: HlsPlayback | null = null;
  let wish: string | null = null;
  open(stopping.signal, (state) => {
    if (!stopping.signal.aborted) onNews(HLS_NEWS[state.status]);
  }).then(
    (started) => {
      playback = started;
      if (stopping.signal.aborted) playback?.stop();
      else playback?.choose(wish);
    },
    () => {
      // The player could not be set up.
      if (!stopping.signal.aborted) onNews('unusable');
    },
  );
  return {
    read: () => Promise.resolve(playback === null ? null : { lossRatio: null, rttS: null, ...playback.read() }),
    // hls.js asks again by itself for what does not come.
    isFlowing: () => true,
    reconnect: () => undefined,
    look: () => undefined,
    qualities: () => playback?.qualities() ?? [],
    choose: (id) => {
      wish = id;
      playback?.choose(id);
    },
    stop: () => {
      stopping.abort();
      playback?.stop();
    },
  };
}
