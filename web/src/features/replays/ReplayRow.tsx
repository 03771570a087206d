import { Link } from 'react-router';

import type { Replay } from '@/api/replays/types';
import { Button } from '@/components/Button';
import { Icon } from '@/components/Icon';
import { OnAir } from '@/components/OnAir';
import { PreviewPicture } from '@/components/PreviewPicture';
import { formatDay, formatMoment } from '@/lib/dates';
import { formatElapsed } from '@/lib/format';
import { formatBytes } from '@/lib/upload/audio-file';

import { DownloadReplay } from './DownloadReplay';
import styles from './ReplayRow.module.css';

interface ReplayRowProps {
  replay: Replay;
  onEdit: () => void;
  onDelete: () => void;
}

/** One of one's own recordings, with what can be done with it. */
export function ReplayRow({ replay, onEdit, onDelete }: ReplayRowProps) {
  const { id, title, state, visibility, keepUntil } = replay;
  return (
    <li>
      <article className={styles.row} data-testid="replay" data-state={state}>
        <div className={styles.picture}>
          <PreviewPicture seed={replay.streamId} look="dj" src={replay.thumbnailUrl} />
          {state === 'recording' ? (
            <span className={styles.state}>
              <OnAir tone="live">Recording</OnAir>
            </span>
          ) : (
            <span className={styles.length}>{formatElapsed(replay.durationS)}</span>
          )}
        </div>
        <div className={styles.words}>
          <h2>
            <Link to={`/replay/${id}`}>{title}</Link>
          </h2>
          <p>
            {formatMoment(replay.startedAt)} · {formatBytes(replay.bytes)}
          </p>
          <p className={styles.facts}>
            <span>
              <Icon name={visibility === 'public' ? 'eye' : 'lock'} />
              {visibility === 'public' ? 'Everybody sees it' : 'Only you see it'}
            </span>
            <span>
              <Icon name="history" />
              {keepUntil === null ? 'Kept until you delete it' : `Kept until ${formatDay(keepUntil)}`}
            </span>
          </p>
          {state === 'failed' && (
            <p className={styles.bad}>Some of it was lost when the media server went down. What is left can be seen.</p>
          )}
        </div>
        <div className={styles.tools}>
          <Button size="small" aria-label={`Edit ${title}`} data-testid="replay-edit" onClick={onEdit}>
            <Icon name="edit" />
            Edit
          </Button>
          {state !== 'recording' && <DownloadReplay replay={replay} />}
          <Button
            size="small"
            kind="ghost"
            aria-label={`Delete ${title}`}
            data-testid="replay-delete"
            onClick={onDelete}
          >
            <Icon name="trash" />
          </Button>
        </div>
      </article>
    </li>
  );
}
