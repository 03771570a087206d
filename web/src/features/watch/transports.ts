import type { WatchGrant } from '@/api/types';
import { playHls, type HlsPlayback, type HlsState } from '@/lib/hls';
import { receivedLatencyS, sampleReceived, type ReceivedSample } from '@/lib/inbound-stats';
import { Viewer, type ViewState } from '@/lib/whep';

/** One way to get a stream into a <video>. */
export interface Playback {
  /** Seconds behind the server, measured since the last call; null while unknown. */
  latencyS(): Promise<number | null>;
  /** Whether anything arrived since the last call. */
  isFlowing(): boolean;
  /** Starts over, because nothing arrives. */
  reconnect(): void;
  /** `isPageGoing` keeps farewells short enough to be sent. */
  stop(isPageGoing: boolean): void;
}

export type PlaybackNews = 'connecting' | 'waiting' | 'connected' | 'reconnecting' | 'unusable' | 'refused';

const LIMITS = { connectMs: 4000, failures: 3 };

export function playWebRtc(
  video: HTMLVideoElement,
  grant: WatchGrant,
  onNews: (news: PlaybackNews) => void,
): Playback {
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
    LIMITS,
    show,
  );
  let last: { pc: RTCPeerConnection; sample: ReceivedSample } | null = null;
  let hasGrown = true;
  viewer.start(grant);
  return {
    latencyS: async () => {
      const pc = viewer.connection;
      if (pc === null) return null;
      const report = (await pc.getStats()) as unknown as Map<string, Record<string, unknown>>;
      const sample = sampleReceived(report.values());
      const before = last?.pc === pc ? last.sample : null;
      last = { pc, sample };
      hasGrown = before === null || sample.bytes > before.bytes;
      return before === null ? null : receivedLatencyS(before, sample);
    },
    isFlowing: () => viewer.connection === null || hasGrown,
    reconnect: () => void viewer.reconnect(),
    stop: (isPageGoing) => {
      viewer.stop(isPageGoing);
      video.srcObject = null;
    },
  };
}

const HLS_NEWS: Record<HlsState['status'], PlaybackNews> = {
  connecting: 'connecting',
  waiting: 'waiting',
  ready: 'connected',
  refused: 'refused',
  failed: 'unusable',
};

export function playByHls(
  video: HTMLVideoElement,
  grant: WatchGrant,
  onNews: (news: PlaybackNews) => void,
): Playback {
  const stopping = new AbortController();
  let playback: HlsPlayback | null = null;
  playHls(video, grant, (state) => onNews(HLS_NEWS[state.status]), stopping.signal).then(
    (started) => {
      playback = started;
      if (stopping.signal.aborted) playback?.stop();
    },
    // The library itself did not arrive.
    () => onNews('unusable'),
  );
  return {
    latencyS: () => Promise.resolve(playback?.latencyS() ?? null),
    // hls.js asks again by itself for what does not come.
    isFlowing: () => true,
    reconnect: () => undefined,
    stop: () => {
      stopping.abort();
      playback?.stop();
    },
  };
}
