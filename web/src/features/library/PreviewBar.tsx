import { Icon } from '@/components/Icon';
import { formatElapsed } from '@/lib/format';

import styles from './PreviewBar.module.css';
import type { Preview } from './usePreview';

/** What is being listened to, and where in it. */
export function PreviewBar({ preview }: { preview: Preview }) {
  const { track, position } = preview;
  if (track === null) return null;
  const duration = track.durationS ?? 0;
  return (
    <div className={styles.bar} role="group" aria-label="Listening" data-testid="preview-bar">
      <Icon name="headphones" />
      <span className={styles.name}>
        {track.title}
        <small>{track.artist}</small>
      </span>
      <input
        type="range"
        min={0}
        max={1000}
        value={Math.round(position * 1000)}
        aria-label="Position"
        aria-valuetext={`${formatElapsed(position * duration)} of ${formatElapsed(duration)}`}
        onChange={(event) => preview.seek(Number(event.target.value) / 1000)}
      />
      <span className={styles.time}>{formatElapsed(position * duration)}</span>
      <button type="button" onClick={preview.stop} aria-label="Stop listening">
        <Icon name="close" />
      </button>
    </div>
  );
}
