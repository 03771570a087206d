import { useEffect, useRef, type ReactNode } from 'react';

import styles from './Preview.module.css';

interface PreviewProps {
  track: MediaStreamTrack | null;
  isOff: boolean;
  /** What stands in the picture's place while there is none. */
  children: ReactNode;
  overlay?: ReactNode;
}

/** What the camera sees, mirrored as one is used to from mirrors; viewers see it the right way round. */
export function Preview({ track, isOff, children, overlay }: PreviewProps) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = track === null ? null : new MediaStream([track]);
  }, [track]);
  const isShown = track !== null && !isOff;
  return (
    <div className={styles.preview}>
      <video
        ref={video}
        className={styles.video}
        hidden={!isShown}
        autoPlay
        muted
        playsInline
        aria-label="Your camera"
        data-testid="preview"
      />
      {!isShown && <div className={styles.instead}>{children}</div>}
      {overlay !== undefined && <div className={styles.overlay}>{overlay}</div>}
    </div>
  );
}
