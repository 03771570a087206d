import { useCallback, useEffect, useState, type RefObject } from 'react';

import { readStored, writeStored } from '@/lib/stored';

export interface Player {
  isPaused: boolean;
  isMuted: boolean;
  /** 0 to 1. */
  volume: number;
  /** The browser does not play sound before the page has been touched. */
  needsTapForSound: boolean;
  togglePlay: () => void;
  toggleMute: () => void;
  setVolume: (volume: number) => void;
  unmute: () => void;
}

/**
 * Plays what arrives in `video`, with the volume of last time. With `resumesLive` it goes on at the newest after a
 * pause; with `isMonitor` it starts without sound, and what is chosen is for this time.
 */
export function usePlayer(video: RefObject<HTMLVideoElement | null>, resumesLive: boolean, isMonitor = false): Player {
  const [isPaused, setPaused] = useState(true);
  const [isMuted, setMuted] = useState(() => isMonitor || readStored('muted') === 'yes');
  const [volume, setVolumeState] = useState(() => storedVolume());
  const [needsTapForSound, setNeedsTap] = useState(false);

  useEffect(() => {
    const element = video.current;
    if (element === null) return;
    element.volume = storedVolume();
    element.muted = isMonitor || readStored('muted') === 'yes';
    const play = async (): Promise<void> => {
      try {
        await element.play();
      } catch (error) {
        // Any other failure belongs to the transport, which sees it too.
        if (!(error instanceof DOMException) || error.name !== 'NotAllowedError' || element.muted) return;
        element.muted = true;
        setMuted(true);
        setNeedsTap(true);
        await element.play().catch(() => undefined);
      }
    };
    const arrived = (): void => void play();
    const paused = (): void => setPaused(element.paused);
    element.addEventListener('loadedmetadata', arrived);
    element.addEventListener('play', paused);
    element.addEventListener('pause', paused);
    return () => {
      element.removeEventListener('loadedmetadata', arrived);
      element.removeEventListener('play', paused);
      element.removeEventListener('pause', paused);
    };
  }, [video, isMonitor]);

  const mute = useCallback(
    (muted: boolean): void => {
      if (video.current === null) return;
      video.current.muted = muted;
      setMuted(muted);
      setNeedsTap(false);
      if (!isMonitor) writeStored('muted', muted ? 'yes' : 'no');
    },
    [video, isMonitor],
  );

  const setVolume = useCallback(
    (wanted: number): void => {
      const level = Math.round(Math.max(0, Math.min(1, wanted)) * 100) / 100;
      if (video.current === null) return;
      video.current.volume = level;
      setVolumeState(level);
      writeStored('volume', String(level));
      if (level > 0) mute(false);
    },
    [video, mute],
  );

  const togglePlay = useCallback((): void => {
    const element = video.current;
    if (element === null) return;
    if (!element.paused) {
      element.pause();
      return;
    }
    // Live is what is on now: playback goes on at the newest that has arrived.
    if (resumesLive && element.srcObject === null && element.seekable.length > 0) {
      element.currentTime = element.seekable.end(element.seekable.length - 1);
    }
    element.play().catch(() => undefined);
  }, [video, resumesLive]);

  return {
    isPaused,
    isMuted,
    volume,
    needsTapForSound,
    togglePlay,
    toggleMute: useCallback(() => mute(!(video.current?.muted ?? false)), [video, mute]),
    setVolume,
    unmute: useCallback(() => mute(false), [mute]),
  };
}

function storedVolume(): number {
  const stored = Number(readStored('volume') ?? '1');
  return stored >= 0 && stored <= 1 ? stored : 1;
}
