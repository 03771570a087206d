import { useEffect, useState, type RefObject } from 'react';

import { PictureWatch } from './picture-watch';

const LOOK_MS = 500;

/** Whether what plays has a picture; null while nothing tells. */
export function usePicture(video: RefObject<HTMLVideoElement | null>, isPlaying: boolean): boolean | null {
  const [hasPicture, setHasPicture] = useState<boolean | null>(null);
  useEffect(() => {
    if (!isPlaying) return;
    const watch = new PictureWatch();
    const look = (): void => {
      const element = video.current;
      if (element === null || element.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
      setHasPicture(
        watch.look({
          atMs: performance.now(),
          playsAt: element.currentTime,
          frames: element.getVideoPlaybackQuality().totalVideoFrames,
          isPaused: element.paused,
          width: element.videoWidth,
        }),
      );
    };
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [video, isPlaying]);
  return hasPicture;
}
