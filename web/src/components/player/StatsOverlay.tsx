import { useEffect, useState, type RefObject } from 'react';

import { Icon } from '@/components/Icon';
import { formatBitrate, formatLatency } from '@/lib/format';
import type { PlaybackReading } from '@/lib/player/playback';

import styles from './StatsOverlay.module.css';

interface StatsOverlayProps {
  video: RefObject<HTMLVideoElement | null>;
  /** "WebRTC", "LL-HLS". */
  transport: string;
  reading: PlaybackReading | null;
  onClose: () => void;
}

interface Drawn {
  at: number;
  width: number;
  height: number;
  frames: number;
  dropped: number;
}

const LOOK_MS = 1000;

/** What arrives and what is shown of it, in numbers. */
export function StatsOverlay({ video, transport, reading, onClose }: StatsOverlayProps) {
  const [[before, now], setDrawn] = useState<[Drawn | null, Drawn | null]>([null, null]);
  useEffect(() => {
    const look = (): void => {
      const element = video.current;
      if (element === null) return;
      const { totalVideoFrames, droppedVideoFrames } = element.getVideoPlaybackQuality();
      const drawn = {
        at: performance.now(),
        width: element.videoWidth,
        height: element.videoHeight,
        frames: totalVideoFrames,
        dropped: droppedVideoFrames,
      };
      setDrawn(([, last]) => [last, drawn]);
    };
    look();
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [video]);

  const lines: [string, string | null][] = [
    ['Transport', transport],
    ['Picture', now !== null && now.width > 0 ? `${now.width} × ${now.height}` : null],
    ['Frames a second', frameRate(before, now)],
    ['Bitrate', reading?.bitrateBps == null ? null : formatBitrate(reading.bitrateBps)],
    ['Behind live', reading?.latencyS == null ? null : formatLatency(reading.latencyS)],
    ['Buffer', reading?.bufferS == null ? null : formatLatency(reading.bufferS)],
    ['Frames dropped', now === null ? null : `${now.dropped} of ${now.frames}`],
    ['Packets lost', reading?.lossRatio == null ? null : `${(reading.lossRatio * 100).toFixed(1)}%`],
    ['Round trip', reading?.rttS == null ? null : formatLatency(reading.rttS)],
    ['Codecs', reading?.codecs ?? null],
  ];
  return (
    <section className={styles.stats} aria-label="Statistics" data-testid="player-stats">
      <button type="button" aria-label="Close the statistics (s)" title="Close (s)" onClick={onClose}>
        <Icon name="close" />
      </button>
      <dl>
        {lines.map(([name, value]) =>
          value === null ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
    </section>
  );
}

function frameRate(before: Drawn | null, now: Drawn | null): string | null {
  if (before === null || now === null || now.at === before.at) return null;
  return String(Math.max(0, Math.round(((now.frames - before.frames) * 1000) / (now.at - before.at))));
}
