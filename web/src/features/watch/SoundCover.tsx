import { useEffect, useRef, type RefObject } from 'react';

import type { Stream } from '@/api/types';

import { breath, hueOf, loudnessOf, paintSound } from './sound-art';
import styles from './SoundCover.module.css';
import { useSpectrum } from './useSpectrum';

/** More device pixels than this per CSS pixel cost more than anybody sees of them in motion. */
const MAX_RATIO = 1.5;

/** What is seen of a stream without a camera: who plays, and a record that moves with the sound. */
export function SoundCover({ video, stream }: { video: RefObject<HTMLVideoElement | null>; stream: Stream }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const read = useSpectrum(video);
  const hue = hueOf(stream.id);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context) return;
    const calm = window.matchMedia('(prefers-reduced-motion: reduce)');
    let frame = 0;
    const paint = (nowMs: number): void => {
      frame = requestAnimationFrame(paint);
      const ratio = Math.min(window.devicePixelRatio, MAX_RATIO);
      const width = Math.round(element.clientWidth * ratio);
      const height = Math.round(element.clientHeight * ratio);
      if (element.width !== width || element.height !== height) {
        element.width = width;
        element.height = height;
      }
      const seconds = nowMs / 1000;
      const bins = read();
      const loudness = calm.matches ? breath(0) : bins === null ? breath(seconds) : loudnessOf(bins);
      paintSound(context, { width, height }, loudness, { hue, seconds, isStill: calm.matches });
    };
    frame = requestAnimationFrame(paint);
    return () => cancelAnimationFrame(frame);
  }, [hue, read]);
  return (
    <div className={styles.cover} data-testid="sound-cover">
      <canvas ref={canvas} aria-hidden="true" />
      <div className={styles.names}>
        <p className={styles.creator}>{stream.creatorName}</p>
        <p className={styles.title}>{stream.title}</p>
      </div>
    </div>
  );
}
