import { useEffect, useEffectEvent, useRef, useState, type RefObject } from 'react';

import { playRecorded, type Playback, type PlaybackReading, type Quality } from '@/lib/player/playback';

const LOOK_MS = 1000;
const TICK_MS = 250;

export interface Recorded {
  status: 'connecting' | 'playing' | 'failed';
  /** Seconds. */
  positionS: number;
  lengthS: number;
  reading: PlaybackReading | null;
  qualities: Quality[];
  quality: string | null;
  chooseQuality: (id: string | null) => void;
  seek: (toS: number) => void;
}

/** Plays what is at `url` in `video`. While it is still being recorded it grows longer than `lengthS`. */
export function useRecorded(
  video: RefObject<HTMLVideoElement | null>,
  url: string,
  lengthS: number,
  onRefused: () => void,
): Recorded {
  const [status, setStatus] = useState<Recorded['status']>('connecting');
  const [positionS, setPosition] = useState(0);
  const [reachS, setReach] = useState(0);
  const [reading, setReading] = useState<PlaybackReading | null>(null);
  const [qualities, setQualities] = useState<Quality[]>([]);
  const [quality, setQuality] = useState<string | null>(null);
  const current = useRef<Playback | null>(null);
  const lastPosition = useRef(0);
  const refused = useEffectEvent(onRefused);

  useEffect(() => {
    const element = video.current;
    if (element === null) return;
    // A new address, taken because the old one had lapsed, goes on where it stopped.
    const startS = lastPosition.current;
    const playback = playRecorded(
      element,
      url,
      (news) => {
        if (news === 'refused') refused();
        else if (news === 'unusable') setStatus('failed');
        else if (news !== 'connected') setStatus('connecting');
      },
      startS,
    );
    current.current = playback;
    const playing = (): void => setStatus('playing');
    element.addEventListener('playing', playing);
    const look = async (): Promise<void> => {
      const taken = await playback.read();
      if (current.current !== playback) return;
      setReading(taken);
      setQualities(playback.qualities());
    };
    const tick = (): void => {
      const { currentTime, seekable } = element;
      lastPosition.current = currentTime;
      setPosition(currentTime);
      if (seekable.length > 0) setReach(seekable.end(seekable.length - 1));
    };
    const looking = setInterval(() => void look(), LOOK_MS);
    const ticking = setInterval(tick, TICK_MS);
    return () => {
      clearInterval(looking);
      clearInterval(ticking);
      element.removeEventListener('playing', playing);
      current.current = null;
      playback.stop(false);
    };
  }, [video, url]);

  const wholeS = Math.max(lengthS, reachS);
  return {
    status,
    positionS,
    lengthS: wholeS,
    reading,
    qualities,
    quality,
    chooseQuality: (id) => {
      setQuality(id);
      current.current?.choose(id);
    },
    seek: (toS) => {
      if (video.current === null) return;
      const place = Math.max(0, Math.min(toS, wholeS - 0.5));
      video.current.currentTime = place;
      setPosition(place);
    },
  };
}
