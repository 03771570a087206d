import type { Stream } from '@/api/types';
import { Avatar } from '@/components/Avatar';
import { CopyLink } from '@/components/CopyLink';
import { Icon } from '@/components/Icon';
import { OnAir } from '@/components/OnAir';
import { ROLE_NAMES } from '@/components/roles';
import { useElapsed } from '@/components/useElapsed';
import { formatElapsed, plural } from '@/lib/format';

import styles from './StreamDetails.module.css';

/** What is on, by whom, since when, and who else is watching. */
export function StreamDetails({ stream }: { stream: Stream }) {
  const isOver = stream.status === 'ended';
  return (
    <section className={styles.details} aria-label="About this stream">
      <div className={styles.head}>
        <h1>{stream.title}</h1>
        {stream.status === 'live' && (
          <p className={styles.figures}>
            {stream.mediaState === 'live' && <OnAir tone="live">Live</OnAir>}
            <span data-testid="viewer-count">
              <Icon name="eye" />
              {plural(stream.viewerCount, 'viewer')}
            </span>
            <Elapsed stream={stream} />
          </p>
        )}
      </div>
      <div className={styles.who}>
        <Avatar name={stream.creatorName} role={stream.creatorType} />
        <p>
          <strong>{stream.creatorName}</strong>
          <span>{ROLE_NAMES[stream.creatorType]}</span>
        </p>
        <div className={styles.share}>{!isOver && <CopyLink path={`/watch/${stream.id}`}>Copy link</CopyLink>}</div>
      </div>
      {stream.description !== null && stream.description !== '' && (
        <p className={styles.description}>{stream.description}</p>
      )}
    </section>
  );
}

function Elapsed({ stream }: { stream: Stream }) {
  const elapsed = useElapsed(stream.startTime);
  return (
    <span>
      <span className="visually-hidden">Live for </span>
      {formatElapsed(elapsed)}
    </span>
  );
}
