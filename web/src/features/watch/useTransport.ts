import { useEffect, useEffectEvent, useState, type RefObject } from 'react';

import type { WatchGrant } from '@/api/types';

import { playByHls, playWebRtc, type PlaybackNews } from './transports';
import type { Transport, TransportKind } from './watch-state';

/** Nothing for this long from a stream that is live: the connection is taken for broken. */
const STALL_MS = 4000;
const LOOK_MS = 1000;
const REJOIN_MS = 2000;

interface Wishes {
  /** One transport, whatever happens; null lets WebRTC give way to HLS. */
  forced: TransportKind | null;
  /** Whether there is anything to connect to. */
  isUp: boolean;
  /** Whether media should be flowing now. */
  isLive: boolean;
  onRefused: () => void;
}

export interface TransportReading extends Transport {
  latencyS: number | null;
}

/** Owns the connection that fills `video`, and changes over from WebRTC to LL-HLS when WebRTC does not work. */
export function useTransport(
  video: RefObject<HTMLVideoElement | null>,
  grant: WatchGrant | null,
  { forced, isUp, isLive, onRefused }: Wishes,
): TransportReading {
  const [kind, setKind] = useState<TransportKind>(forced ?? (canUseWebRtc() ? 'webrtc' : 'hls'));
  const [status, setStatus] = useState<Transport['status']>('idle');
  const [latencyS, setLatencyS] = useState<number | null>(null);
  const isWanted = isUp || status !== 'idle';
  const refused = useEffectEvent(onRefused);
  const shouldFlow = useEffectEvent(() => isLive && video.current?.paused === false);

  useEffect(() => {
    const element = video.current;
    if (grant === null || !isWanted || element === null) return;
    let rejoin: ReturnType<typeof setTimeout> | undefined;
    const hear = (news: PlaybackNews): void => {
      if (news === 'connecting' || news === 'waiting') setStatus('connecting');
      else if (news === 'reconnecting') setStatus('reconnecting');
      else if (news === 'refused') {
        setStatus('reconnecting');
        rejoin = setTimeout(refused, REJOIN_MS);
      } else if (news === 'unusable') {
        if (kind === 'webrtc' && forced === null) setKind('hls');
        else setStatus('failed');
      }
    };
    const playback = (kind === 'webrtc' ? playWebRtc : playByHls)(element, grant, hear);
    const playing = (): void => setStatus('playing');
    const gone = (): void => playback.stop(true);
    element.addEventListener('playing', playing);
    window.addEventListener('pagehide', gone);

    let silentMs = 0;
    const look = async (): Promise<void> => {
      setLatencyS(await playback.latencyS());
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
      playback.stop(false);
      setStatus('connecting');
      setLatencyS(null);
    };
  }, [video, grant, isWanted, kind, forced]);

  return { kind, status, latencyS };
}

function canUseWebRtc(): boolean {
  return typeof RTCPeerConnection !== 'undefined';
}
