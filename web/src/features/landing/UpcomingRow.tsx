import { Link } from 'react-router';

import { listUpcoming } from '@/api/schedule/list-upcoming';
import type { CreatorType, Stream } from '@/api/types';
import { Poster } from '@/components/Poster';
import { ROLE_NAMES } from '@/components/roles';
import { useAnswer } from '@/components/useAnswer';
import { useNow } from '@/components/useNow';
import { formatMoment, formatUntil } from '@/lib/dates';

import styles from './Row.module.css';

const SHOWN = 8;
const POLL_MS = 60_000;

/** What is announced; nothing where nothing is. */
export function UpcomingRow({ role }: { role: CreatorType | undefined }) {
  const { answer } = useAnswer('upcoming', listUpcoming, POLL_MS);
  if (answer.status !== 'ready') return null;
  const streams = answer.value.filter(({ creatorType }) => role === undefined || creatorType === role).slice(0, SHOWN);
  if (streams.length === 0) return null;
  return (
    <section className={styles.row} aria-labelledby="upcoming">
      <h2 id="upcoming">Coming up</h2>
      <ul className={styles.cards}>
        {streams.map((stream) => (
          <li key={stream.id}>
            <UpcomingCard stream={stream} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function UpcomingCard({ stream }: { stream: Stream }) {
  const now = useNow();
  const startsAt = stream.scheduledFor ?? stream.startTime;
  const leftMs = Date.parse(startsAt) - now;
  return (
    <article className={styles.upcoming} data-testid="upcoming-card">
      <div className={styles.art}>
        <Poster seed={stream.id} role={stream.creatorType} />
      </div>
      <p className={styles.until}>{leftMs > 0 ? `in ${formatUntil(leftMs / 1000)}` : 'any moment now'}</p>
      <h3>
        <Link to={`/watch/${stream.id}`}>{stream.title}</Link>
      </h3>
      <p className={styles.who}>
        {stream.creatorName} · {ROLE_NAMES[stream.creatorType]}
      </p>
      <p className={styles.who}>
        <time dateTime={startsAt}>{formatMoment(startsAt)}</time>
      </p>
    </article>
  );
}
