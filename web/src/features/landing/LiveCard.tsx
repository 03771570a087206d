import { Link } from 'react-router';

import type { Stream } from '@/api/types';
import { Avatar } from '@/components/Avatar';
import { Icon } from '@/components/Icon';
import { OnAir } from '@/components/OnAir';
import { PreviewPicture } from '@/components/PreviewPicture';
import { ROLE_NAMES } from '@/components/roles';
import { useElapsed } from '@/components/useElapsed';
import { formatCount, formatElapsed } from '@/lib/format';

import styles from './LiveCard.module.css';

/** The server makes a new picture every few seconds; one that changes slower is looked at more calmly. */
const RENEWED_S = 20;

/** One stream that is live. */
export function LiveCard({ stream }: { stream: Stream }) {
  const elapsed = useElapsed(stream.startTime);
  return (
    <article className={styles.card} data-testid="live-card" data-stream-id={stream.id}>
      <div className={styles.picture}>
        <PreviewPicture
          seed={stream.id}
          look={stream.creatorType}
          src={stream.thumbnailUrl}
          canMove
          version={Math.floor(elapsed / RENEWED_S)}
        />
        <span className={styles.light}>
          <OnAir tone={stream.mediaState === 'interrupted' ? 'pending' : 'live'}>
            {stream.mediaState === 'interrupted' ? 'Back soon' : 'Live'}
          </OnAir>
        </span>
        <span className={styles.figures}>
          <span>
            <Icon name="eye" />
            {formatCount(stream.viewerCount)}
            <span className="visually-hidden">{stream.viewerCount === 1 ? ' viewer' : ' viewers'}</span>
          </span>
          <span>
            <span className="visually-hidden">Live for </span>
            {formatElapsed(elapsed)}
          </span>
        </span>
      </div>
      <div className={styles.words}>
        <Avatar name={stream.creatorName} role={stream.creatorType} />
        <div>
          <h3>
            <Link to={`/watch/${stream.id}`}>{stream.title}</Link>
          </h3>
          <p>
            {stream.creatorName} · {ROLE_NAMES[stream.creatorType]}
          </p>
        </div>
      </div>
    </article>
  );
}

/** The shape of a card that is on its way. */
export function LiveCardSkeleton() {
  return (
    <div className={styles.skeleton}>
      <i />
      <i />
      <i />
    </div>
  );
}
