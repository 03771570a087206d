import type { Stream } from '@/api/types';
import { Poster } from '@/components/Poster';
import { useNow } from '@/components/useNow';
import { formatMoment, zoneName } from '@/lib/dates';

import { partsOf } from './countdown';
import styles from './CountdownCover.module.css';

/** What is announced: when it begins, and how long that is from now. The page turns into the player by itself. */
export function CountdownCover({ stream }: { stream: Stream }) {
  const now = useNow();
  const startsAt = stream.scheduledFor ?? stream.startTime;
  const leftS = (Date.parse(startsAt) - now) / 1000;
  return (
    <section className={styles.cover} data-testid="stream-state" data-state="announced">
      <div className={styles.art}>
        <Poster seed={stream.id} role={stream.creatorType} />
      </div>
      <div className={styles.words}>
        <p className={styles.who}>{stream.creatorName}</p>
        {leftS > 0 ? (
          <>
            <p className={styles.clock} role="timer" aria-label={`Begins ${formatMoment(startsAt)}`}>
              {partsOf(leftS).map(({ value, unit }) => (
                <span key={unit}>
                  <b>{String(value).padStart(2, '0')}</b>
                  <small>{unit}</small>
                </span>
              ))}
            </p>
            <p className={styles.when}>
              <time dateTime={startsAt}>{formatMoment(startsAt)}</time>
              <span>{zoneName()}</span>
            </p>
          </>
        ) : (
          <p className={styles.soon} role="status">
            Any moment now
          </p>
        )}
      </div>
    </section>
  );
}
