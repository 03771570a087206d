import { useEffect, useState, type RefObject } from 'react';

/** How many lines the picture has now; 0 while there is none. */
export function usePictureHeight(video: RefObject<HTMLVideoElement | null>): number {
  const [height, setHeight] = useState(0);
  useEffect(() => {
    const element = video.current;
    if (element === null) return;
    const resized = (): void => setHeight(element.videoHeight);
    element.addEventListener('resize', resized);
    element.addEventListener('emptied', resized);
    return () => {
      element.removeEventListener('resize', resized);
      element.removeEventListener('emptied', resized);
    };
  }, [video]);
  return height;
}
