import { Button } from '@/components/Button';
import { Icon } from '@/components/Icon';

import styles from './EmptyList.module.css';
import type { Place } from './places';

interface EmptyListProps {
  place: Place;
  /** Whether a search or a filter hides what is there. */
  isNarrowed: boolean;
  onUpload: () => void;
  onWiden: () => void;
}

/** Stands where tracks would, and says how they come here. */
export function EmptyList({ place, isNarrowed, onUpload, onWiden }: EmptyListProps) {
  if (isNarrowed) {
    return (
      <div className={styles.empty}>
        <p className={styles.title}>Nothing matches</p>
        <Button size="small" onClick={onWiden}>
          Show all tracks
        </Button>
      </div>
    );
  }
  if (place.kind !== 'all') {
    return (
      <div className={styles.empty}>
        <p className={styles.title}>{place.kind === 'crate' ? 'This crate is empty' : 'This playlist is empty'}</p>
        <p>Drag tracks onto its name, or choose “Add to crate or playlist” from a track’s menu.</p>
      </div>
    );
  }
  return (
    <div className={styles.empty} data-testid="library-empty">
      <span className={styles.sign} aria-hidden="true">
        <Icon name="music" />
      </span>
      <p className={styles.title}>Your library is empty</p>
      <p>
        Drop tracks here: MP3, WAV, FLAC, M4A or Ogg, up to 100 MB each. We measure tempo, beats and key while you wait.
      </p>
      <Button kind="primary" onClick={onUpload}>
        <Icon name="upload" /> Upload tracks
      </Button>
    </div>
  );
}
