import { useCallback, useEffect, useState, type RefObject } from 'react';

/** Safari on iPhones shows only the video itself in full screen, by a call of its own. */
type AppleVideo = HTMLVideoElement & { webkitEnterFullscreen?: () => void };

export interface Screen {
  isFullscreen: boolean;
  canFullscreen: boolean;
  canPictureInPicture: boolean;
  toggleFullscreen: () => void;
  togglePictureInPicture: () => void;
}

/** Full screen for `frame`, and picture-in-picture for the `video` in it. */
export function useScreen(frame: RefObject<HTMLElement | null>, video: RefObject<HTMLVideoElement | null>): Screen {
  const [isFullscreen, setFullscreen] = useState(false);
  useEffect(() => {
    const changed = (): void => setFullscreen(document.fullscreenElement !== null);
    document.addEventListener('fullscreenchange', changed);
    return () => document.removeEventListener('fullscreenchange', changed);
  }, []);

  const toggleFullscreen = useCallback((): void => {
    // A refusal leaves everything as it is, which is what the person sees.
    if (document.fullscreenElement !== null) document.exitFullscreen().catch(() => undefined);
    else if (document.fullscreenEnabled) frame.current?.requestFullscreen().catch(() => undefined);
    else enterOnApple(video.current);
  }, [frame, video]);

  const togglePictureInPicture = useCallback((): void => {
    if (document.pictureInPictureElement !== null) document.exitPictureInPicture().catch(() => undefined);
    else video.current?.requestPictureInPicture().catch(() => undefined);
  }, [video]);

  return {
    isFullscreen,
    canFullscreen: document.fullscreenEnabled || 'webkitEnterFullscreen' in HTMLVideoElement.prototype,
    canPictureInPicture: document.pictureInPictureEnabled,
    toggleFullscreen,
    togglePictureInPicture,
  };
}

function enterOnApple(video: AppleVideo | null): void {
  video?.webkitEnterFullscreen?.();
}
