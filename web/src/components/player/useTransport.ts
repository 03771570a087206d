import { useEffect, useEffectEvent, useRef, useState, type RefObject } from 'react';

import type { WatchGrant } from '@/api/types';
import {
  playByHls,
  playRewound,
  playWebRtc,
  type Playback,
  type PlaybackNews,
  type PlaybackReading,
  type Quality,
} from '@/lib/player/playback';

/** Nothing for this long from a stream that is live: the connection is taken for broken. */
const STALL_MS = 4000;
const LOOK_MS = 1000;
const REJOIN_MS = 2000;

export type TransportKind = 'webrtc' | 'hls' | 'rewind';

/** Where a viewer stands with the media server. */
export interface Transport {
  kind: TransportKind;
  status: 'idle' | 'connecting' | 'playing' | 'reconnecting' | 'failed';
}

/** How far behind one is content to be: the closer, the less a bad network is made up for. */
export type LatencyMode = 'real-time' | 'low-latency' | 'smooth';

interface Wishes {
  /** One transport, whatever happens; null lets WebRTC give way to HLS. */
  forced: 'webrtc' | 'hls' | null;
  mode: LatencyMode;
  /** How far back to begin; null for what is on now. A new object begins anew. */
  rewound: { behindS: number } | null;
  /** Whether there is anything to connect to. */
  isUp: boolean;
  /** Whether media should be flowing now. */
  isLive: boolean;
  onRefused: () => void;
  /** What was gone back to does not play. */
  onRewindLost: () => void;
}

export interface TransportReading extends Transport {
  reading: PlaybackReading | null;
  /** What there is to choose from, from small to large. */
  qualities: Quality[];
  /** The one that was chosen; null while the network decides. */
  quality: string | null;
  chooseQuality: (id: string | null) => void;
  /** Finds out what there is to choose from, where that is not known anyway. */
  lookForQualities: () => void;
}

/** Owns the connection that fills `video`, and changes over from WebRTC to LL-HLS when WebRTC does not work. */
export function useTransport(
  video: RefObject<HTMLVideoElement | null>,
  grant: WatchGrant | null,
  { forced, mode, rewound, isUp, isLive, onRefused, onRewindLost }: Wishes,
): TransportReading {
  // At another media server WebRTC may work again.
  const [givenUpAt, giveUpWebRtcAt] = useState<string | null>(null);
  const [status, setStatus] = useState<Transport['status']>('idle');
  const [reading, setReading] = useState<PlaybackReading | null>(null);
  const [qualities, setQualities] = useState<Quality[]>([]);
  const [quality, setQuality] = useState<string | null>(null);
  const current = useRef<Playback | null>(null);
  const isWebRtcGivenUp = typeof RTCPeerConnection === 'undefined' || (grant !== null && givenUpAt === grant.workerId);
  const kind = kindOf(forced, mode, rewound !== null, isWebRtcGivenUp);
  const pace = mode === 'smooth' ? 'smooth' : 'low-latency';
  const isWanted = isUp || status !== 'idle';
  // What another way would use may change without disturbing this one.
  const address = grant === null ? null : `${kind === 'webrtc' ? grant.whepUrl : grant.hlsUrl} ${grant.token}`;
  const latest = useEffectEvent(() => grant);
  const refused = useEffectEvent(onRefused);
  const rewindLost = useEffectEvent(onRewindLost);
  const shouldFlow = useEffectEvent(() => isLive && video.current?.paused === false);
  const chosen = useEffectEvent(() => quality);

  useEffect(() => {
    const element = video.current;
    const granted = latest();
    if (address === null || granted === null || !isWanted || element === null) return;
    let rejoin: ReturnType<typeof setTimeout> | undefined;
    const hear = (news: PlaybackNews): void => {
      if (news === 'connecting' || news === 'waiting') setStatus('connecting');
      else if (news === 'reconnecting') setStatus('reconnecting');
      else if (news === 'refused') {
        setStatus('reconnecting');
        rejoin = setTimeout(refused, REJOIN_MS);
      } else if (news === 'unusable') {
        if (kind === 'rewind') rewindLost();
        else if (kind === 'webrtc' && forced === null) giveUpWebRtcAt(granted.workerId);
        else setStatus('failed');
      }
    };
    const playback =
      kind === 'webrtc'
        ? playWebRtc(element, granted, hear, forced === 'webrtc')
        : kind === 'hls'
          ? playByHls(element, granted, hear, pace)
          : playRewound(element, granted, hear, rewound?.behindS ?? 0);
    current.current = playback;
    playback.choose(chosen());
    const playing = (): void => setStatus('playing');
    const gone = (): void => playback.stop(true);
    element.addEventListener('playing', playing);
    window.addEventListener('pagehide', gone);

    let silentMs = 0;
    const look = async (): Promise<void> => {
      setReading(await playback.read());
      if (current.current !== playback) return;
      setQualities((before) => sameOr(before, playback.qualities()));
      silentMs = playback.isFlowing() || !shouldFlow() ? 0 : silentMs + LOOK_MS;
      if (silentMs < STALL_MS) return;
      silentMs = 0;
      playback.reconnect();
    };
    const timer = setInterval(() => void look(), LOOK_MS);
    return () => {
      clearInterval(timer);
      clearTimeout(rejoin);
      element.removeEventListener('playing', playing);
      window.removeEventListener('pagehide', gone);
      current.current = null;
      playback.stop(false);
      setStatus('connecting');
      setReading(null);
      setQualities([]);
    };
  }, [video, address, isWanted, kind, pace, forced, rewound]);

  return {
    kind,
    status,
    reading,
    qualities,
    quality,
    chooseQuality: (id) => {
      setQuality(id);
      current.current?.choose(id);
    },
    lookForQualities: () => current.current?.look(),
  };
}

function kindOf(
  forced: 'webrtc' | 'hls' | null,
  mode: LatencyMode,
  isRewound: boolean,
  isWebRtcGivenUp: boolean,
): TransportKind {
  if (isRewound) return 'rewind';
  if (forced !== null) return forced;
  return mode === 'real-time' && !isWebRtcGivenUp ? 'webrtc' : 'hls';
}

/** The list of before, when nothing has changed: what is drawn from it need not be drawn again. */
function sameOr(before: Quality[], after: Quality[]): Quality[] {
  return before.length === after.length && before.every((one, index) => one.id === after[index]?.id) ? before : after;
}
