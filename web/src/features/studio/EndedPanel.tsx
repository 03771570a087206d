import type { Stream } from '@/api/types';
import { Button, ButtonLink } from '@/components/Button';
import { secondsBetween } from '@/components/useElapsed';
import { formatDuration, plural } from '@/lib/format';

import styles from './EndedPanel.module.css';

const REASONS: Record<string, string> = {
  publisher_lost: 'The connection to you was lost for too long.',
};

/** The stream is over: how it went. */
export function EndedPanel({ stream, onAgain }: { stream: Stream; onAgain: () => void }) {
  const lasted = stream.endTime === null ? 0 : secondsBetween(stream.startTime, Date.parse(stream.endTime));
  const reason = stream.endedReason === null ? undefined : REASONS[stream.endedReason];
  return (
    <div className={styles.ended} role="status">
      <h2>That is a wrap</h2>
      <p>
        “{stream.title}” was on for {formatDuration(lasted)}, with at most {plural(stream.peakViewers, 'viewer')} at
        once.
      </p>
      {reason !== undefined && <p>{reason}</p>}
      <div className={styles.actions}>
        <Button kind="primary" onClick={onAgain}>
          Go live again
        </Button>
        {stream.replayId !== null && <ButtonLink to={`/replay/${stream.replayId}`}>See the replay</ButtonLink>}
      </div>
    </div>
  );
}
