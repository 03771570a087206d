import { Link } from 'react-router';

import type { Replay } from '@/api/replays/types';
import { formatDay } from '@/lib/dates';
import { formatElapsed } from '@/lib/format';

import { PreviewPicture } from './PreviewPicture';
import styles from './ReplayCard.module.css';

/** One recorded stream, as everybody sees it. */
export function ReplayCard({ replay }: { replay: Replay }) {
  return (
    <article className={styles.card} data-testid="replay-card">
      <div className={styles.picture}>
        <PreviewPicture seed={replay.streamId} look="dj" src={replay.thumbnailUrl} />
        <span className={styles.length}>
          <span className="visually-hidden">Length </span>
          {formatElapsed(replay.durationS)}
        </span>
      </div>
      <h3>
        <Link to={`/replay/${replay.id}`}>{replay.title}</Link>
      </h3>
      <p>
        {replay.creatorName} · {formatDay(replay.startedAt)}
      </p>
    </article>
  );
}
