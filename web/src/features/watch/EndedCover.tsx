import type { Stream } from '@/api/types';
import { ButtonLink } from '@/components/Button';
import { secondsBetween } from '@/components/useElapsed';
import { formatDuration } from '@/lib/format';

import styles from './EndedCover.module.css';

/** The stream is over: whose it was, and how long it went. */
export function EndedCover({ stream }: { stream: Stream | null }) {
  return (
    <section className={styles.ended} data-testid="stream-state" data-state="ended">
      <div role="status">
        <h2>The stream is over</h2>
        {stream !== null && <p>{sentence(stream)}</p>}
      </div>
      <div className={styles.actions}>
        {stream?.replayId != null && (
          <ButtonLink to={`/replay/${stream.replayId}`} kind="primary">
            Watch the replay
          </ButtonLink>
        )}
        <ButtonLink to="/" kind={stream?.replayId == null ? 'primary' : 'quiet'}>
          See who is live
        </ButtonLink>
      </div>
    </section>
  );
}

function sentence(stream: Stream): string {
  const lost = stream.endedReason === 'publisher_lost' ? ' The connection was lost and did not come back.' : '';
  if (stream.endTime === null) return `${stream.creatorName} was live.${lost}`;
  const lasted = secondsBetween(stream.startTime, Date.parse(stream.endTime));
  return `${stream.creatorName} was live for ${formatDuration(lasted)}.${lost}`;
}
