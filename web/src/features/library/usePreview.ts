import { useCallback, useEffect, useRef, useState } from 'react';

import { getTrack } from '@/api/library/get-track';
import type { Track } from '@/api/library/types';
import { ApiError } from '@/lib/http';

/** Where listening begins: past most intros. */
const START_SHARE = 0.25;

export interface Preview {
  /** What is being listened to. */
  track: Track | null;
  /** 0 to 1. */
  position: number;
  toggle: (track: Track) => void;
  stop: () => void;
  seek: (position: number) => void;
}

/** Listens to the processed MP3 of a track, here alone: nothing of it goes into the mix. */
export function usePreview(onFailed: (message: string) => void): Preview {
  const [audio] = useState(() => new Audio());
  const [track, setTrack] = useState<Track | null>(null);
  const [position, setPosition] = useState(0);
  const playing = useRef<string | null>(null);

  const stop = useCallback(() => {
    playing.current = null;
    audio.pause();
    audio.removeAttribute('src');
    setTrack(null);
    setPosition(0);
  }, [audio]);

  useEffect(() => {
    const moved = (): void => {
      if (audio.duration > 0) setPosition(audio.currentTime / audio.duration);
    };
    audio.addEventListener('timeupdate', moved);
    audio.addEventListener('ended', stop);
    return () => {
      audio.removeEventListener('timeupdate', moved);
      audio.removeEventListener('ended', stop);
      audio.pause();
    };
  }, [audio, stop]);

  const start = async (wanted: Track): Promise<void> => {
    playing.current = wanted.id;
    setTrack(wanted);
    setPosition(0);
    try {
      // The address in the list may have lapsed since.
      const { fileUrl } = await getTrack(wanted.id);
      if (playing.current !== wanted.id) return;
      if (fileUrl === null) throw new ApiError(409, 'TRACK_NOT_READY', 'This track is not ready to be heard.');
      audio.src = fileUrl;
      audio.currentTime = (wanted.durationS ?? 0) * START_SHARE;
      await audio.play();
    } catch (error) {
      if (playing.current !== wanted.id) return;
      stop();
      onFailed(error instanceof ApiError ? error.message : `${wanted.title} could not be played here.`);
    }
  };

  return {
    track,
    position,
    stop,
    toggle: (wanted) => {
      if (playing.current === wanted.id) stop();
      else void start(wanted);
    },
    seek: (share) => {
      if (audio.duration > 0) audio.currentTime = share * audio.duration;
    },
  };
}
