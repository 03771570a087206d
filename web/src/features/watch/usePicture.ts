import { useEffect, useState, type RefObject } from 'react';

const LOOK_MS = 500;
/** Sound that goes on for this long without a new frame has lost its picture: the camera was turned off. */
const STILL_MS = 3000;

/** Whether what plays has a picture; null while nothing tells. */
export function usePicture(video: RefObject<HTMLVideoElement | null>, isPlaying: boolean): boolean | null {
  const [hasPicture, setHasPicture] = useState<boolean | null>(null);
  useEffect(() => {
    if (!isPlaying) return;
    let frames = -1;
    let movedAt = performance.now();
    const look = (): void => {
      const element = video.current;
      if (element === null || element.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
      const now = performance.now();
      const { totalVideoFrames } = element.getVideoPlaybackQuality();
      if (totalVideoFrames !== frames || element.paused) movedAt = now;
      frames = totalVideoFrames;
      setHasPicture(element.videoWidth > 0 && now - movedAt < STILL_MS);
    };
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [video, isPlaying]);
  return hasPicture;
}
